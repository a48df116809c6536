//! A sample, which a round of a bench returns: values, each with the name of what was measured.

use std::fmt;

/// One value of one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What was measured. What comes before a `: ` is a group, which a goal can name.
    pub measure: String,
    /// What the value counts.
    pub unit: Unit,
    /// The value.
    pub value: f64,
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// How many times as much as something else.
    Times,
    /// Millions of bytes.
    Megabytes,
    /// So many in a second.
    PerSecond,
}

impl Sample {
    /// A value in `unit`.
    pub fn new(measure: impl Into<String>, unit: Unit, value: f64) -> Self {
        Self { measure: measure.into(), unit, value }
    }

    /// Seconds.
    pub fn seconds(measure: impl Into<String>, value: f64) -> Self {
        Self::new(measure, Unit::Seconds, value)
    }

    /// Seconds, shown as milliseconds.
    pub fn milliseconds(measure: impl Into<String>, seconds: f64) -> Self {
        Self::new(measure, Unit::Milliseconds, seconds * 1000.0)
    }

    /// How many times as much as the reference of the same round something is.
    pub fn ratio(measure: impl Into<String>, value: f64, reference: f64) -> Self {
        Self::new(measure, Unit::Times, value / reference)
    }

    /// Bytes, shown as megabytes.
    pub fn bytes(measure: impl Into<String>, bytes: u64) -> Self {
        Self::new(measure, Unit::Megabytes, bytes as f64 / 1e6)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Times => "x",
            Self::Megabytes => "MB",
            Self::PerSecond => "/s",
        })
    }
}
