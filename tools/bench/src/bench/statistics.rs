//! Statistics of many values of one measure.

/// The values of one measure, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many there are.
    pub count: usize,
    /// The smallest.
    pub min: f64,
    /// A quarter of them is smaller.
    pub lower: f64,
    /// The middle one.
    pub median: f64,
    /// A quarter of them is larger.
    pub upper: f64,
    /// One in a hundred is larger; of fewer than a hundred it is the largest.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

/// So many values are needed for a 99th percentile that is not just the largest.
pub const ENOUGH_FOR_P99: usize = 100;

/// Sums `values` up; none when there is nothing, or something that is no number.
pub fn summary(values: &[f64]) -> Option<Summary> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    if sorted.iter().any(|value| value.is_nan()) {
        return None;
    }
    let [lower, median, upper] = [0.25, 0.5, 0.75].map(|share| quantile(&sorted, share));
    let rank = (sorted.len() * 99).div_ceil(100);
    Some(Summary { count: sorted.len(), min, lower, median, upper, p99: sorted[rank - 1], max })
}

/// The value that `share` of the sorted values are below, between two neighbours if need be.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() - 1) as f64 * share;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_values_does_not_matter() {
        let found = summary(&[9.0, 1.0, 2.0, 4.0, 3.0]).unwrap();
        let Summary { count, min, lower, median, upper, p99, max } = found;
        assert_eq!((count, min, max, p99), (5, 1.0, 9.0, 9.0));
        assert_eq!((lower, median, upper), (2.0, 3.0, 4.0));
    }

    #[test]
    fn the_middle_of_an_even_number_is_between_two() {
        assert_eq!(summary(&[1.0, 2.0, 4.0, 8.0]).unwrap().median, 3.0);
        assert_eq!(summary(&[5.0]).unwrap().upper, 5.0);
    }

    #[test]
    fn one_in_a_hundred_is_above_p99() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        let found = summary(&values).unwrap();
        assert_eq!((found.p99, found.max), (198.0, 200.0));
        assert_eq!(summary(&values[..100]).unwrap().p99, 99.0);
        assert_eq!(summary(&values[..99]).unwrap().p99, 99.0);
    }

    #[test]
    fn nothing_has_no_summary() {
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[1.0, f64::NAN]), None);
    }
}
