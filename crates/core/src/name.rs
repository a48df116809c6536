//! How this program is called: by cargo in a clone of its repository, or by its own name where it is
//! installed. Messages name commands in the first way, and are said in the second where that holds.

use std::borrow::Cow;
use std::sync::OnceLock;

/// How it is called in a clone of its repository.
pub const IN_CLONE: &str = "cargo xtask";

/// The commands that messages name.
pub const COMMANDS: [&str; 10] = [
    "init",
    "smoke",
    "smoke-manual",
    "bundle-install",
    "doctor",
    "runs",
    "hook",
    "ci-matrix",
    "transcript",
    "completions",
];

/// The program as it is installed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Installed {
    /// The command that starts it.
    pub name: &'static str,
    /// Its own gateway, which is in the same folder.
    pub gateway: &'static str,
    /// Its version, with the commit that it was built from where that is known.
    pub version: &'static str,
}

static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// Says once, before anything else is done, that this is an installed program.
pub fn install(program: Installed) {
    INSTALLED.get_or_init(|| program);
}

/// The installed program; none in a clone of its repository.
pub fn installed() -> Option<&'static Installed> {
    INSTALLED.get()
}

/// `text` with the name by which this program is called here.
pub fn called(text: &str) -> Cow<'_, str> {
    match installed() {
        Some(program) => Cow::Owned(renamed(text, program.name)),
        None => Cow::Borrowed(text),
    }
}

/// Only before commands of ours: another repository may have an xtask, too.
fn renamed(text: &str, name: &str) -> String {
    let mut pieces = text.split(IN_CLONE);
    let mut renamed = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = |c: char| !c.is_ascii_alphabetic() && c != '-';
        let word = piece.strip_prefix(' ').and_then(|rest| rest.split(end).next());
        let ours = word.is_some_and(|word| COMMANDS.contains(&word));
        renamed.push_str(if ours { name } else { IN_CLONE });
        renamed.push_str(piece);
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_of_ours_are_renamed() {
        let table = [
            ("cargo xtask smoke --init --source .", "clone-smoke smoke --init --source ."),
            ("`cargo xtask runs` lists them", "`clone-smoke runs` lists them"),
            (
                "try cargo xtask hook install; cargo xtask doctor",
                "try clone-smoke hook install; clone-smoke doctor",
            ),
            ("run `cargo xtask codegen` first", "run `cargo xtask codegen` first"),
            ("cargo xtask", "cargo xtask"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(renamed(text, "clone-smoke"), expected);
        }
        assert_eq!(called("cargo xtask smoke"), "cargo xtask smoke");
    }
}
