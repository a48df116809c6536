//! A choice among few, each of which has one name: on the command line, in profiles and in messages.

/// A choice among few.
pub trait Choice: Copy + 'static {
    /// All that can be chosen, in the order in which they are listed.
    const ALL: &'static [Self];

    /// Its name, and what it is in a few words.
    fn words(self) -> (&'static str, &'static str);

    /// Its name.
    fn name(self) -> &'static str {
        self.words().0
    }

    /// The one of this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.name() == name)
    }

    /// All names as a profile has them, with `between` between them.
    fn quoted(between: &str) -> String {
        let names = Self::ALL.iter().map(|choice| format!("\"{}\"", choice.name()));
        names.collect::<Vec<_>>().join(between)
    }
}
