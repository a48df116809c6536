//! The pairing of expectations with calls: each gets a call of its own.

/// For each row the candidate that it gets, so that as many rows as possible get one.
///
/// A row that fits many calls gives way to one that fits fewer: a row may take a candidate from
/// another row if that one finds a different candidate.
pub fn pair(candidates: &[Vec<usize>], count: usize) -> Vec<Option<usize>> {
    let mut owners: Vec<Option<usize>> = vec![None; count];
    for row in 0..candidates.len() {
        place(row, candidates, &mut owners, &mut vec![false; count]);
    }
    let mut pairs = vec![None; candidates.len()];
    for (candidate, owner) in owners.into_iter().enumerate() {
        if let Some(row) = owner {
            pairs[row] = Some(candidate);
        }
    }
    pairs
}

fn place(
    row: usize,
    candidates: &[Vec<usize>],
    owners: &mut [Option<usize>],
    visited: &mut [bool],
) -> bool {
    for &candidate in &candidates[row] {
        if std::mem::replace(&mut visited[candidate], true) {
            continue;
        }
        let free = match owners[candidate] {
            None => true,
            Some(owner) => place(owner, candidates, owners, visited),
        };
        if free {
            owners[candidate] = Some(row);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn a_general_row_gives_way_to_a_special_one() {
        assert_eq!(pair(&[vec![0, 1], vec![0]], 2), [Some(1), Some(0)]);
    }

    #[test]
    fn a_call_is_used_once() {
        assert_eq!(pair(&[vec![0], vec![0], vec![]], 1), [Some(0), None, None]);
    }
}
