//! The finder of many strings in a text at once.

use aho_corasick::{AhoCorasick, Input, MatchKind, Span, packed};

/// Looks for any of some strings in one pass, however many there are.
#[derive(Debug, Default)]
pub struct Finder {
    /// Longer ones first.
    forms: Vec<Box<[u8]>>,
    /// None where there is nothing to look for.
    search: Option<Search>,
}

/// What an automaton looks for ahead, as bytes that are rare in general, can be in every line of a
/// log, and then it is slow. Neither of these depends on what is in the text.
#[derive(Debug)]
enum Search {
    /// Compares many bytes at once.
    Few(packed::Searcher),
    /// Takes one step for each byte.
    Many(AhoCorasick),
}

impl Finder {
    /// The shortest string that is worth looking for, in bytes.
    pub const SHORTEST: usize = 4;

    /// Looks for `forms`, of which longer ones come first.
    pub fn new(forms: &[String]) -> Self {
        let search = (!forms.is_empty()).then(|| few(forms).unwrap_or_else(|| many(forms)));
        Self { forms: forms.iter().map(|form| form.as_bytes().into()).collect(), search }
    }

    /// Where the first string of those that begin at `from` or later is: its start and its end. Of
    /// two with the same start it is the longer one.
    pub fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let (start, end) = (from.min(text.len()), text.len());
        let found = match self.search.as_ref()? {
            Search::Few(packed) => packed.find_in(text, Span { start, end })?,
            Search::Many(automaton) => automaton.find(Input::new(text).range(start..))?,
        };
        Some((found.start(), found.end()))
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

fn few(forms: &[String]) -> Option<Search> {
    let longest = packed::MatchKind::LeftmostLongest;
    let mut builder = packed::Config::new().match_kind(longest).builder();
    builder.extend(forms);
    builder.build().map(Search::Few)
}

fn many(forms: &[String]) -> Search {
    let mut builder = AhoCorasick::builder();
    let automaton = builder.match_kind(MatchKind::LeftmostLongest).prefilter(false).build(forms);
    // It fails for more strings than memory holds, and to go on without it would show secrets.
    Search::Many(automaton.expect("secrets of less than 2 GB"))
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
            let most = if seed % 20 == 0 { 200 } else { 6 };
            let (count, longest) = (random.usize(0..most), random.usize(5..12));
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
}
