//! The goal of a measure.

use std::fmt;

use super::statistics::Summary;

/// A bound on one measure, or on each of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// The measure's name, or that of its group.
    pub measure: &'static str,
    /// Which of the summed up values is meant.
    pub of: Statistic,
    /// What it should come to, in the unit of the measure.
    pub bound: Bound,
}

/// A value that many are summed up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The middle one.
    Median,
    /// What one in a hundred is above.
    P99,
}

/// A bound. A value that is equal keeps it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// From above.
    AtMost(f64),
    /// From below.
    AtLeast(f64),
}

impl Goal {
    /// The median of `measure` should be at most `limit`.
    pub const fn at_most(measure: &'static str, limit: f64) -> Self {
        Self { measure, of: Statistic::Median, bound: Bound::AtMost(limit) }
    }

    /// The median of `measure` should be at least `limit`.
    pub const fn at_least(measure: &'static str, limit: f64) -> Self {
        Self { measure, of: Statistic::Median, bound: Bound::AtLeast(limit) }
    }

    /// All but one in a hundred values of `measure` should be at most `limit`.
    pub const fn p99_at_most(measure: &'static str, limit: f64) -> Self {
        Self { measure, of: Statistic::P99, bound: Bound::AtMost(limit) }
    }

    /// Whether it is about the measure of this name.
    pub fn is_about(&self, measure: &str) -> bool {
        measure == self.measure
            || measure.split_once(": ").is_some_and(|(group, _)| group == self.measure)
    }

    /// Whether what was measured keeps it.
    pub fn is_met(&self, summary: &Summary) -> bool {
        let value = match self.of {
            Statistic::Median => summary.median,
            Statistic::P99 => summary.p99,
        };
        match self.bound {
            Bound::AtMost(limit) => value <= limit,
            Bound::AtLeast(limit) => value >= limit,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.of {
            Statistic::Median => "median",
            Statistic::P99 => "p99",
        };
        match self.bound {
            Bound::AtMost(limit) => write!(f, "{of} at most {limit}"),
            Bound::AtLeast(limit) => write!(f, "{of} at least {limit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistics::summary;
    use super::*;

    #[test]
    fn a_bound_is_kept_up_to_the_limit_itself() {
        let found = summary(&[1.0, 2.0, 30.0]).unwrap();
        assert!(Goal::at_most("a", 2.0).is_met(&found));
        assert!(!Goal::at_most("a", 1.9).is_met(&found));
        assert!(Goal::at_least("a", 2.0).is_met(&found));
        assert!(!Goal::at_least("a", 2.1).is_met(&found));
        assert!(!Goal::p99_at_most("a", 29.0).is_met(&found));
        assert!(Goal::p99_at_most("a", 30.0).is_met(&found));
    }

    #[test]
    fn is_about_a_measure_or_a_group() {
        let goal = Goal::at_most("growth", 12.0);
        assert!(goal.is_about("growth") && goal.is_about("growth: fresh, 100 for 10"));
        assert!(!goal.is_about("growth of all") && !goal.is_about("fresh"));
        assert_eq!(goal.to_string(), "median at most 12");
        assert_eq!(Goal::p99_at_most("a", 0.5).to_string(), "p99 at most 0.5");
    }
}
