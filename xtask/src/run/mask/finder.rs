//! Finds many strings in a text at once.

/// Looks for any of some strings in one pass. It looks at two bytes, and where no string can end its
/// first part with these, it goes on several bytes later without looking at those between: the way
/// of Wu and Manber. How many strings there are makes no difference, only how short the shortest is.
#[derive(Debug)]
pub struct Finder {
    /// Longer ones first.
    forms: Vec<Box<[u8]>>,
    /// As long as the shortest: the part of each that is looked for first.
    window: usize,
    /// How far to go on from a pair of bytes.
    shifts: Vec<u8>,
}

impl Finder {
    /// The shortest string that can be looked for, in bytes.
    pub const SHORTEST: usize = 4;

    /// Looks for `forms`, of which longer ones come first, and none is shorter than
    /// [`Finder::SHORTEST`].
    pub fn new(forms: &[String]) -> Self {
        let forms: Vec<Box<[u8]>> = forms.iter().map(|form| form.as_bytes().into()).collect();
        let window = forms.last().map_or(0, |form| form.len().min(usize::from(u8::MAX)));
        let mut shifts = Vec::new();
        if window > 0 {
            shifts = vec![window as u8 - 1; 1 << 16];
        }
        for form in &forms {
            for (at, pair) in form[..window].windows(2).enumerate() {
                let shift = &mut shifts[index(pair)];
                *shift = (*shift).min((window - 2 - at) as u8);
            }
        }
        Self { forms, window, shifts }
    }

    /// Where the first string of those that begin at `from` or later is: its start and its end. Of
    /// two with the same start it is the longer one.
    pub fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        if self.forms.is_empty() {
            return None;
        }
        let mut end = from + self.window;
        while let Some(pair) = text.get(end.wrapping_sub(2)..end) {
            let shift = usize::from(self.shifts[index(pair)]);
            if shift == 0 {
                let start = end - self.window;
                let found = self.forms.iter().find(|form| text[start..].starts_with(form));
                if let Some(form) = found {
                    return Some((start, start + form.len()));
                }
            }
            end += shift.max(1);
        }
        None
    }

    /// How many bytes at the end of `text` may be the beginning of a string that goes on after it.
    pub fn begun(&self, text: &[u8]) -> usize {
        let last = text.last();
        let begun = |form: &[u8]| {
            let most = text.len().min(form.len() - 1);
            let ends =
                |count: &usize| form.get(count - 1) == last && text.ends_with(&form[..*count]);
            (1..=most).rev().find(ends)
        };
        self.forms.iter().filter_map(|form| begun(form)).max().unwrap_or(0)
    }

    /// The length of the longest string, in bytes.
    pub fn longest(&self) -> usize {
        self.forms.first().map_or(0, |form| form.len())
    }
}

impl Default for Finder {
    fn default() -> Self {
        Self::new(&[])
    }
}

fn index(pair: &[u8]) -> usize {
    usize::from(pair[0]) << 8 | usize::from(pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`Finder::find`] does, one place and one string after the other.
    fn find_slowly(forms: &[String], text: &[u8], from: usize) -> Option<(usize, usize)> {
        (from..text.len()).find_map(|start| {
            let form = forms.iter().find(|form| text[start..].starts_with(form.as_bytes()))?;
            Some((start, start + form.len()))
        })
    }

    fn words(random: &mut fastrand::Rng, count: usize, longest: usize) -> Vec<String> {
        let mut words: Vec<String> = (0..count)
            .map(|_| {
                let length = random.usize(Finder::SHORTEST..longest);
                (0..length).map(|_| random.choice(['a', 'b', 'ü']).unwrap_or('a')).collect()
            })
            .collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    }

    #[test]
    fn finds_what_a_slow_search_finds() {
        for seed in 0..2000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let (count, longest) = (random.usize(0..6), random.usize(5..12));
            let forms = words(&mut random, count, longest);
            let text = words(&mut random, 8, 20).concat().into_bytes();
            let finder = Finder::new(&forms);
            for from in 0..=text.len() + 1 {
                let slowly = find_slowly(&forms, &text, from);
                assert_eq!(finder.find(&text, from), slowly, "{seed}: {forms:?} from {from}");
            }
        }
    }

    #[test]
    fn knows_how_much_of_a_string_has_begun() {
        let finder = Finder::new(&["abcab".to_owned(), "bcd2".to_owned()]);
        for (text, begun) in [("xxabca", 4), ("abcab", 2), ("xbcd", 3), ("x", 0), ("", 0)] {
            assert_eq!(finder.begun(text.as_bytes()), begun, "{text}");
        }
        assert_eq!(Finder::default().begun(b"abc"), 0);
    }

    #[test]
    fn finds_strings_that_are_all_longer_than_a_byte_can_count() {
        let finder = Finder::new(&["x".repeat(400)]);
        assert_eq!(finder.find("y".repeat(300).as_bytes(), 0), None);
        let text = format!("{}{}", "y".repeat(301), "x".repeat(500));
        assert_eq!(finder.find(text.as_bytes(), 0), Some((301, 701)));
    }
}
