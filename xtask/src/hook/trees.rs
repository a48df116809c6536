//! The trees that git is about to push.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Seek, Write};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use smoke_core::bound::Bound;
use smoke_core::environment::Environment;
use smoke_core::git::is_object;
use smoke_core::short;
use smoke_record::profile::{OF_THIS_PROJECT, OWN};
use xshell::{Shell, cmd};

/// How long git may take to look at all that is pushed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A tree that is pushed.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    /// The tree.
    pub tree: String,
    /// The first of the commits that have it.
    pub commit: String,
    /// The first of the refs that lead to it.
    pub reference: String,
    /// The profile that it has; none if it has none.
    pub profile: Option<String>,
}

/// A ref of the remote, and the object that it is to have.
pub type Ref = (String, String);

/// The refs that are pushed, as git tells its hook. Deletions are left out.
///
/// # Errors
/// A line is none of git's.
pub fn read(input: &[u8]) -> Result<Vec<Ref>> {
    let text = String::from_utf8_lossy(input);
    let mut refs = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        // What is pushed may be named by an expression with spaces, and nothing else may.
        let words: Vec<&str> = line.rsplitn(4, ' ').collect();
        let [there, name, object, _] = words[..] else { bail!("`{line}` is no line of git's") };
        if !is_object(object) || !is_object(there) {
            bail!("`{line}` is no line of git's; this is for git to call");
        }
        if object.chars().any(|c| c != '0') {
            refs.push((name.to_owned(), object.to_owned()));
        }
    }
    Ok(refs)
}

/// Each tree among `refs` once, in their order. What leads to no tree, such as the tag of a file, is
/// left out.
///
/// # Errors
/// git does not answer.
pub fn of(refs: &[Ref], repository: &Utf8Path, environment: &Environment) -> Result<Vec<Pushed>> {
    let objects: BTreeSet<&str> = refs.iter().map(|(_, object)| object.as_str()).collect();
    let found = look_up(&objects, repository, environment)?;
    let mut seen = BTreeSet::new();
    let mut trees = Vec::new();
    for (name, object) in refs {
        let Some([Some(commit), Some(tree), own, ours]) = found.get(object.as_str()) else {
            continue;
        };
        if seen.insert(tree) {
            trees.push(Pushed {
                tree: tree.clone(),
                commit: commit.clone(),
                reference: name.clone(),
                profile: own.clone().or_else(|| ours.clone()),
            });
        }
    }
    Ok(trees)
}

type Found<'a> = BTreeMap<&'a str, [Option<String>; 4]>;

/// Commit, tree and profile of each object: one question for all, however many are pushed.
fn look_up<'a>(
    objects: &BTreeSet<&'a str>,
    repository: &Utf8Path,
    environment: &Environment,
) -> Result<Found<'a>> {
    let mut questions = tempfile::tempfile().context("make a temporary file")?;
    for object in objects {
        let lines = format!(
            "{object}^{{commit}}\n{object}^{{tree}}\n{object}^{{tree}}:{OWN}\n{object}^{{tree}}:{OF_THIS_PROJECT}\n"
        );
        questions.write_all(lines.as_bytes()).context("ask git")?;
    }
    questions.rewind().context("ask git")?;
    Ok(pair(objects, &ask(questions, repository, environment)?))
}

/// Each object with its four answers, a line each.
fn pair<'a>(objects: &BTreeSet<&'a str>, answers: &str) -> Found<'a> {
    let mut lines =
        answers.lines().map(|line| Some(line.to_owned()).filter(|line| is_object(line)));
    let mut next = || lines.next().flatten();
    objects.iter().map(|object| (*object, [next(), next(), next(), next()])).collect()
}

fn ask(questions: File, repository: &Utf8Path, environment: &Environment) -> Result<String> {
    let shell = Shell::new()?;
    shell.change_dir(repository);
    let format = "--batch-check=%(objectname)";
    let finished = short::run_reading(
        cmd!(shell, "git cat-file {format}"),
        questions,
        environment,
        &Bound::within(PATIENCE),
    )?;
    if !finished.status.success() {
        bail!("git cat-file in {repository} failed: {}", finished.stderr.trim());
    }
    Ok(finished.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_git_says() {
        let (a, b, zero) = ("a".repeat(40), "b".repeat(64), "0".repeat(40));
        let input = format!(
            "refs/heads/m {a} refs/heads/m {zero}\n(delete) {zero} refs/heads/gone {a}\n\
             :/fix a thing {b} refs/heads/\u{e9}t\u{e9} {zero}\n\n"
        );
        let expected =
            [("refs/heads/m".to_owned(), a.clone()), ("refs/heads/\u{e9}t\u{e9}".into(), b)];
        assert_eq!(read(input.as_bytes()).unwrap(), expected);
        let invalid = [format!("refs/heads/m {a} ").into_bytes(), b"refs/heads/\xff ".to_vec()];
        let line = [&invalid[0][..], &invalid[1][..], a.as_bytes(), b"\n"].concat();
        assert_eq!(read(&line).unwrap().len(), 1);
        assert!(read(b"").unwrap().is_empty());
        for wrong in ["hello\n", "a b c d\n"] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn holds_against_whatever_git_says() {
        let (a, b) = ("a".repeat(40), "b".repeat(64));
        let input = format!("refs/heads/m {a} refs/heads/n {b}\n(delete) {a} refs/heads/x {a}\n");
        let answers = format!("{a}\n{b}\n{a}:smoke.toml missing\n{b}\n");
        smoke_core::fuzz::hold(&[input.as_bytes(), answers.as_bytes()], |bytes| {
            let text = String::from_utf8_lossy(bytes);
            if let Ok(refs) = read(bytes) {
                assert!(refs.iter().all(|(_, object)| is_object(object)));
            }
            let found = pair(&BTreeSet::from([a.as_str(), b.as_str()]), &text);
            assert!(found.values().flatten().flatten().all(|object| is_object(object)));
        });
    }
}
