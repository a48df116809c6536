//! A command line as a person would type it.

/// A command line as a person would type it.
pub fn shown(argv: &[String]) -> String {
    let fine = |c: char| c.is_alphanumeric() || "_-./:=@%+,".contains(c);
    let word = |word: &String| {
        if !word.is_empty() && word.chars().all(fine) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    argv.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_command_as_a_shell_reads_it() {
        let argv = ["a", "b c", "it's", ""].map(str::to_owned);
        assert_eq!(shown(&argv), r"a 'b c' 'it'\''s' ''");
    }
}
