//! The versions of the programs that a run uses, asked beside the step that uses them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::Utf8Path;
use smoke_core::bound::Bound;
use smoke_core::environment::Environment;
use smoke_core::stop::Stop;
use smoke_core::{short, sync};
use xshell::{Shell, cmd};

/// How long a program may take to say its version, and how long it may do nothing meanwhile.
const PATIENCE: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(10)];

/// The longest version that is kept, in characters.
const LONGEST: usize = 120;

/// The programs of a run that were asked already, and until when anybody wants to know.
#[derive(Clone, Debug)]
pub struct Asked {
    names: Arc<Mutex<BTreeSet<&'static str>>>,
    over: Stop,
}

impl Default for Asked {
    fn default() -> Self {
        Self { names: Arc::default(), over: Stop::default().child() }
    }
}

impl Asked {
    /// Ends all questions that are not answered yet: on a busy machine they would outlast the run.
    pub fn end(&self) {
        self.over.cancel();
    }
}

/// A program, and the command that says its version.
pub type Question = (&'static str, Vec<String>);

/// What is to be asked when a command of a run starts with `program`, and was not asked before.
pub fn questions(program: &str, asked: &Asked) -> Vec<Question> {
    let mut names = sync::lock(&asked.names);
    let all = known(program).into_iter();
    all.filter(|(name, _)| names.insert(name)).collect()
}

/// The version that the command says, on one line.
pub fn ask(command: &[String], environment: &Environment, asked: &Asked) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let shell = Shell::new().ok()?;
    let [longest, still] = PATIENCE;
    let bound = Bound::new(longest, &asked.over).still(still);
    let said = short::read(cmd!(shell, "{program} {arguments...}"), environment, &bound).ok()?;
    Some(without_name(said.lines().next()?.trim()).chars().take(LONGEST).collect())
}

/// Programs whose version can change what comes of a run, by the name they are called by.
fn known(program: &str) -> Vec<Question> {
    let name = Utf8Path::new(program).file_name().unwrap_or_default();
    let says = |name, program: &str, word: &str| (name, vec![program.into(), word.into()]);
    match name {
        "cargo" => vec![says("cargo", program, "--version"), says("rustc", "rustc", "--version")],
        "git" => vec![says("git", program, "--version")],
        "go" => vec![says("go", program, "version")],
        "node" => vec![says("node", program, "--version")],
        "npm" | "npx" => {
            vec![says("node", "node", "--version"), says("npm", "npm", "--version")]
        }
        "uv" | "uvx" => vec![says("uv", "uv", "--version")],
        "deno" => vec![says("deno", program, "--version")],
        "bun" | "bunx" => vec![says("bun", "bun", "--version")],
        "docker" => vec![says("docker", program, "--version")],
        name if is_python(name) => vec![says("python", program, "--version")],
        _ => Vec::new(),
    }
}

fn is_python(name: &str) -> bool {
    let rest = name.strip_prefix("python");
    rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// `cargo 1.95.0 (…)` and `Python 3.11.7` say their names before their versions.
fn without_name(said: &str) -> &str {
    let is_name = |word: &str| !word.starts_with(|c: char| c.is_ascii_digit());
    match said.split_once(' ') {
        Some((first, rest)) if is_name(first) => rest.trim_start_matches("version ").trim(),
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_is_asked_once() {
        let asked = Asked::default();
        let names = |program: &str| -> Vec<&str> {
            questions(program, &asked).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("/usr/bin/cargo"), ["cargo", "rustc"]);
        assert_eq!(names("/venv/bin/python3.11"), ["python"]);
        assert_eq!(names("npx"), ["node", "npm"]);
        assert_eq!(names("node"), [""; 0]);
        assert_eq!(names("python-config"), [""; 0]);
        assert_eq!(names("sh"), [""; 0]);
    }

    #[test]
    fn a_version_is_what_stands_behind_the_name() {
        assert_eq!(
            without_name("cargo 1.95.0 (f2d3ce0bd 2026-03-21)"),
            "1.95.0 (f2d3ce0bd 2026-03-21)"
        );
        assert_eq!(without_name("git version 2.47.3"), "2.47.3");
        assert_eq!(without_name("go version go1.22 linux/amd64"), "go1.22 linux/amd64");
        assert_eq!(without_name("Docker version 28.2.2, build e6"), "28.2.2, build e6");
        assert_eq!(without_name("v20.20.2"), "v20.20.2");
    }

    #[test]
    fn a_program_that_is_not_there_has_no_version() {
        let environment = Environment::inherited();
        let command = ["no-such-program".to_owned(), "--version".to_owned()];
        assert_eq!(ask(&command, &environment, &Asked::default()), None);
    }

    #[test]
    fn nobody_waits_for_an_answer_when_the_run_is_over() {
        let (asked, begin) = (Asked::default(), std::time::Instant::now());
        asked.end();
        let command = ["sleep".to_owned(), "30.5".to_owned()];
        assert_eq!(ask(&command, &Environment::inherited(), &asked), None);
        assert!(begin.elapsed() < Duration::from_secs(10));
    }
}
