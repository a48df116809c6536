//! The nearest valid name for one that is misspelt.

/// How alike two names are, from 0 to 1, of which one may be meant by the other.
const CLOSE: f64 = 0.7;
/// The same, where one is taken for the other.
const NEARLY: f64 = 0.85;

/// The name that `wrong` was probably meant to be, of `names`.
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    all(wrong, names).first().copied()
}

/// The names that `wrong` may have been meant to be, the likeliest first, at most three.
pub fn all<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const MOST: usize = 3;
    let scored = names.map(|name| (strsim::jaro_winkler(wrong, name), name));
    let mut close: Vec<(f64, &str)> = scored.filter(|(score, _)| *score >= CLOSE).collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0));
    close.into_iter().map(|(_, name)| name).take(MOST).collect()
}

/// Whether `wrong` is nearly `name`, so that it was meant to be this one and no other.
pub fn is_nearly(wrong: &str, name: &str) -> bool {
    strsim::jaro_winkler(wrong, name) >= NEARLY
}

/// Whether one of two names is probably a slip of the hand for the other. Those of one server have much in common:
/// only that counts.
pub fn is_slip(one: &str, other: &str) -> bool {
    const SLIPS: usize = 2;
    let bare = |name: &str| name.replace(['-', '_'], "").to_lowercase();
    let long = one.len().min(other.len()) > 2 * SLIPS;
    bare(one) == bare(other) || long && strsim::osa_distance(one, other) <= SLIPS
}

/// The end of a sentence that says that `wrong` is none of `names`.
pub fn hint<'a>(wrong: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(wrong, names.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => match names.collect::<Vec<_>>().as_slice() {
            [] => "there is none".to_owned(),
            [only] => format!("there is only `{only}`"),
            all => format!("there are {}", all.join(", ")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_is_answered_with_what_there_is() {
        let hint = |names: &[&'static str]| hint("instal", names.iter().copied());
        assert_eq!(hint(&["remove", "install"]), "did you mean `install`?");
        assert_eq!(hint(&["x", "y"]), "there are x, y");
        assert_eq!(hint(&["x"]), "there is only `x`");
        assert_eq!(hint(&[]), "there is none");
    }

    #[test]
    fn the_likeliest_name_comes_first() {
        let all = |wrong| all(wrong, ["clock", "echo", "grep", "echoes"].into_iter());
        assert_eq!(all("ech"), ["echo", "echoes"]);
        assert!(all("zzz").is_empty());
    }

    #[test]
    fn names_of_one_family_are_no_slips_for_each_other() {
        assert!(is_slip("read-file", "read_File") && is_slip("read_flie", "read_file"));
        assert!(!is_slip("read_file", "write_file") && !is_slip("get", "set"));
        assert!(is_nearly("comand", "command") && !is_nearly("cwd", "command"));
    }
}
