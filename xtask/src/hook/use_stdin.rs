//! Whether lefthook hands git's lines on to what calls the hook: it does so where `use_stdin` says it.

/// Whether each of the places in `text` that have one of `marks` is told to get git's lines. `form` is the
/// ending of the file's name.
pub fn is_everywhere(text: &str, form: &str, marks: &[&str]) -> bool {
    let places = marks.iter().flat_map(|mark| text.match_indices(mark));
    places.into_iter().all(|(at, _)| says_so(&part(text, at, form)))
}

/// The part of `text` around `at` that is about the same command or script.
fn part(text: &str, at: usize, form: &str) -> String {
    match form {
        "toml" => between(text, at, "\n[", "\n["),
        "json" => between(text, at, "{", "}"),
        _ => block(text, at),
    }
}

/// From the last `start` before `at`, or from there if it is a name of what follows, to the next `end`.
fn between(text: &str, at: usize, start: &str, end: &str) -> String {
    let line = text[at..].find('\n').map_or(text.len(), |length| at + length);
    let names = text[at..line].find("\":").is_some_and(|end| !text[at..at + end].contains(' '));
    let from = if names { at } else { text[..at].rfind(start).unwrap_or(0) };
    let to = text[at..].find(end).map_or(text.len(), |length| at + length);
    text[from..to].to_owned()
}

/// The lines of YAML around `at` with its indent or a deeper one; those below it, if it names them.
fn block(text: &str, at: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let bare = |row: usize| lines[row].trim_start_matches([' ', '-']);
    let indent = |row: usize| lines[row].len() - bare(row).len();
    let begins = |row: usize| lines[row].trim_start().starts_with('-');
    let row = text[..at].matches('\n').count();
    let names = lines[row].trim_end().ends_with(':');
    // What is run may stand below its key.
    let key = (0..row).rev().find(|above| !names && bare(*above).starts_with("run:"));
    let key =
        key.filter(|_| !bare(row).contains("run:") || bare(row).contains("script:")).unwrap_or(row);
    let least = indent(key) + usize::from(names);
    let belongs = |row: usize| bare(row).is_empty() || indent(row) >= least;
    let is_first = |row: &usize| names || begins(*row) || *row == 0 || !belongs(row - 1);
    let first = (0..=key).rev().find(is_first).unwrap_or(key);
    let is_next = |row: &usize| !belongs(*row) || !names && begins(*row) && indent(*row) == least;
    let end = (key + 1..lines.len()).find(is_next).unwrap_or(lines.len());
    lines[first..end].join("\n")
}

fn says_so(part: &str) -> bool {
    let values = part.match_indices("use_stdin").map(|(at, name)| &part[at + name.len()..]);
    values.into_iter().any(|rest| rest.trim_start_matches(['"', ' ', ':', '=']).starts_with("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: [&str; 2] = ["clone-smoke/xtask", "clone-smoke.sh"];

    #[test]
    fn only_the_command_itself_counts() {
        let table = [
            (
                "yml",
                "pre-push:\n  commands:\n    a:\n      run: x/clone-smoke/xtask\n      use_stdin: true\n",
                true,
            ),
            (
                "yml",
                "pre-push:\n  commands:\n    a:\n      use_stdin: true\n      run: |\n        x/clone-smoke/xtask\n",
                true,
            ),
            (
                "yml",
                "pre-push:\n  commands:\n    a: { run: x/clone-smoke/xtask, use_stdin: true }\n",
                true,
            ),
            (
                "yml",
                "pre-push:\n  jobs:\n    - run: x/clone-smoke/xtask\n      use_stdin: true\n    - run: b\n",
                true,
            ),
            (
                "yml",
                "pre-push:\n  jobs:\n    - run: x/clone-smoke/xtask\n    - run: b\n      use_stdin: true\n",
                false,
            ),
            (
                "yml",
                "pre-push:\n  jobs:\n    - name: a\n      run: x/clone-smoke/xtask\n      use_stdin: true\n",
                true,
            ),
            (
                "yml",
                "pre-push:\n  commands:\n    a:\n      run: |\n        x/clone-smoke/xtask\n    b:\n      run: b\n      use_stdin: true\n",
                false,
            ),
            (
                "yml",
                "pre-push:\n  commands:\n    a:\n      run: x/clone-smoke/xtask\n      use_stdin: false\n",
                false,
            ),
            (
                "yml",
                "pre-push:\n  scripts:\n    \"clone-smoke.sh\":\n      runner: sh\n      use_stdin: true\n",
                true,
            ),
            (
                "yml",
                "pre-push:\n  scripts:\n    \"clone-smoke.sh\":\n      runner: sh\n    b.sh:\n      use_stdin: true\n",
                false,
            ),
            (
                "yml",
                "pre-push:\n  jobs:\n    - script: clone-smoke.sh\n      use_stdin: true\n",
                true,
            ),
            (
                "toml",
                "[pre-push.commands.a]\nrun = 'x/clone-smoke/xtask'\nuse_stdin = true\n",
                true,
            ),
            ("toml", "[pre-push.scripts.\"clone-smoke.sh\"]\nuse_stdin = true\n", true),
            (
                "toml",
                "[a]\nuse_stdin = true\n[b]\nrun = 'x/clone-smoke/xtask'\n[c]\nuse_stdin = true\n",
                false,
            ),
            (
                "json",
                r#"{"pre-push": {"commands": {"a": {"run": "x/clone-smoke/xtask hook", "use_stdin": true}}}}"#,
                true,
            ),
            (
                "json",
                r#"{"pre-push": {"scripts": {"clone-smoke.sh": {"use_stdin": true}, "b": {}}}}"#,
                true,
            ),
            (
                "json",
                r#"{"commands": {"a": {"run": "x/clone-smoke/xtask"}, "b": {"use_stdin": true}}}"#,
                false,
            ),
        ];
        for (form, text, expected) in table {
            assert_eq!(is_everywhere(text, form, &MARKS), expected, "{text}");
        }
    }
}
