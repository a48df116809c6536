//! Hook managers, which write the hooks of a repository from a file of their own.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::repository::Repository;
use super::use_stdin;

/// A hook manager that a repository uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Manager {
    /// Its name.
    pub name: &'static str,
    /// The file that says what it runs.
    pub file: Utf8PathBuf,
    /// What to add to that file.
    pub lines: String,
    /// Another file that it needs, and what is in it.
    pub script: Option<(Utf8PathBuf, &'static str)>,
    /// The command that makes the manager take the file over; none where there is nothing to do.
    pub then: Option<&'static str>,
}

/// What is run where the hook cannot be installed by itself. Whoever has not installed it pushes
/// as before.
const CALL: &str =
    r#"p="$(git rev-parse --git-common-dir)/clone-smoke/xtask"; [ ! -x "$p" ] || "$p" hook run"#;

/// What shows that a file calls the hook: by its program, or by the script that calls it.
const MARKS: [&str; 2] = ["clone-smoke/xtask", "clone-smoke.sh"];

const LEFTHOOK: [&str; 8] = [
    "lefthook.yml",
    ".lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yaml",
    "lefthook.toml",
    ".lefthook.toml",
    "lefthook.json",
    ".config/lefthook.yml",
];

/// The manager of `repository`, if it has one.
pub fn find(repository: &Repository) -> Option<Manager> {
    let there = |name: &str| Some(repository.top.join(name)).filter(|path| path.exists());
    let lefthook =
        LEFTHOOK.iter().find_map(|name| there(name)).map(|file| lefthook(file, &repository.top));
    let husky = there(".husky").map(|folder| husky(folder.join("pre-push")));
    let pre_commit = [".pre-commit-config.yaml", ".pre-commit-config.yml"];
    let pre_commit = pre_commit.iter().find_map(|name| there(name)).map(pre_commit_lines);
    lefthook.or(husky).or(pre_commit)
}

impl Manager {
    /// Whether its file calls the hook already.
    pub fn calls_it(&self) -> bool {
        let is_there = |(path, _): &(Utf8PathBuf, _)| path.exists();
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        text.contains(MARKS[0])
            || (text.contains(MARKS[1]) && self.script.as_ref().is_some_and(is_there))
    }

    /// Whether the hook that it calls gets no lines of git's.
    pub fn keeps_lines(&self) -> bool {
        let form = self.file.extension().unwrap_or_default();
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        self.name == "lefthook" && !use_stdin::is_everywhere(&text, form, &MARKS)
    }
}

/// As a script: commands are left out at a push of a branch that is not checked out.
fn lefthook(file: Utf8PathBuf, top: &Utf8Path) -> Manager {
    let lines = match file.extension() {
        Some("toml") => "[pre-push.scripts.\"clone-smoke.sh\"]\nrunner = \"sh\"\nuse_stdin = true",
        Some("json") => {
            r#""pre-push": {"scripts": {"clone-smoke.sh": {"runner": "sh", "use_stdin": true}}}"#
        }
        _ => {
            "pre-push:\n  scripts:\n    \"clone-smoke.sh\":\n      runner: sh\n      use_stdin: true"
        }
    };
    let script = Some((top.join(".lefthook/pre-push/clone-smoke.sh"), CALL));
    let lines = lines.to_owned();
    Manager { name: "lefthook", file, lines, script, then: Some("lefthook install") }
}

fn husky(file: Utf8PathBuf) -> Manager {
    Manager { name: "husky", file, lines: CALL.to_owned(), script: None, then: None }
}

fn pre_commit_lines(file: Utf8PathBuf) -> Manager {
    let entry = CALL.replace('\'', "''");
    let lines = format!(
        "- repo: local\n  hooks:\n    - id: clone-smoke\n      name: Clone Smoke\n      \
         entry: sh -c '{entry}'\n      language: system\n      stages: [pre-push]\n      \
         always_run: true\n      pass_filenames: false\n      verbose: true"
    );
    let then = Some("pre-commit install --hook-type pre-push");
    Manager { name: "pre-commit", file, lines, script: None, then }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managers_are_known_by_their_files() {
        let table = [
            ("lefthook.yml", "lefthook"),
            (".lefthook.toml", "lefthook"),
            (".husky/pre-commit", "husky"),
            (".pre-commit-config.yaml", "pre-commit"),
        ];
        for (file, name) in table {
            let folder = tempfile::tempdir().unwrap();
            let top = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
            let repository =
                Repository { common: top.join(".git"), hooks: top.join(".git/hooks"), top };
            assert_eq!(find(&repository), None);
            let path = repository.top.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "x").unwrap();
            let manager = find(&repository).unwrap();
            assert_eq!((manager.name, manager.calls_it()), (name, false));
            fs::write(&manager.file, &manager.lines).unwrap();
            if let Some((script, text)) = &manager.script {
                assert!(!manager.calls_it());
                fs::create_dir_all(script.parent().unwrap()).unwrap();
                fs::write(script, text).unwrap();
            }
            assert!(manager.calls_it() && !manager.keeps_lines());
        }
    }
}
