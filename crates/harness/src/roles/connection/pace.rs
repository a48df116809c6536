//! The pace at which a gateway is asked: ahead of its answers, unless that changes what it answers. Some lose
//! servers from their list while two requests overlap.

/// The most questions that are under way.
const UNDER_WAY: usize = 12;

/// What the answers say by now of asking ahead.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// The most tools that one answer had.
    fullest: usize,
    doubt: Doubt,
}

/// Whether it does harm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Doubt {
    /// Nothing says so.
    #[default]
    None,
    /// A list was empty while others were asked for: the next one is asked for alone.
    Looking,
    /// That one was empty as well.
    Settled,
    /// It does, or may.
    Confirmed,
}

impl Pace {
    /// How many questions may be under way.
    pub fn most(&self) -> usize {
        match self.doubt {
            Doubt::None | Doubt::Settled => UNDER_WAY,
            Doubt::Looking | Doubt::Confirmed => 1,
        }
    }

    /// Takes in that so many tools were listed, to a question that was `alone` or had others beside it.
    pub fn take(&mut self, listed: usize, alone: bool) {
        let is_less = listed < self.fullest;
        self.fullest = self.fullest.max(listed);
        self.doubt = match self.doubt {
            Doubt::Looking if alone && listed > 0 => Doubt::Confirmed,
            Doubt::Looking if alone => Doubt::Settled,
            Doubt::Confirmed => Doubt::Confirmed,
            _ if !alone && is_less => Doubt::Confirmed,
            Doubt::None if !alone && listed == 0 => Doubt::Looking,
            other => other,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(answers: &[(usize, bool)]) -> usize {
        let mut pace = Pace::default();
        answers.iter().for_each(|(listed, alone)| pace.take(*listed, *alone));
        pace.most()
    }

    #[test]
    fn one_question_is_asked_at_a_time_once_overlapping_ones_bring_less() {
        assert_eq!(after(&[(3, true), (3, false), (4, false)]), UNDER_WAY);
        assert_eq!(after(&[(3, true), (0, false)]), 1);
        assert_eq!(after(&[(3, false), (2, false), (3, true)]), 1);
        // A server that ends makes the list of a lone question shorter.
        assert_eq!(after(&[(3, true), (2, true)]), UNDER_WAY);
        // A gateway that has nothing yet lists nothing to a lone question either.
        assert_eq!(after(&[(0, false)]), 1);
        assert_eq!(after(&[(0, false), (0, false), (0, true), (0, false)]), UNDER_WAY);
        assert_eq!(after(&[(0, false), (2, true), (2, true)]), 1);
    }
}
