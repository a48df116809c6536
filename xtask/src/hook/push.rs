//! The `git push` that a hook runs below, and what it pushes.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use anyhow::{Result, bail};
use camino::Utf8Path;
use rustix::process::{getpid, getppid};
use smoke_core::bound::Bound;
use smoke_core::environment::Environment;
use smoke_core::text::shown;
use smoke_core::{process, short};
use xshell::{Shell, cmd};

use super::trees::Ref;

/// How long git may take to say what it would push: it asks the remote.
const PATIENCE: Duration = Duration::from_secs(60);

/// What makes git say what a push would do, and do nothing. The last of these wins over a `--quiet`.
const TELL: [&str; 4] = ["--dry-run", "--porcelain", "--no-verify", "--verbose"];

/// Options of git itself whose value is the next word.
const WITH_VALUE: [&str; 7] =
    ["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--attr-source"];

/// A push, by the words after `git` and its own options.
#[derive(Debug, PartialEq)]
pub struct Push {
    words: Vec<String>,
}

impl Push {
    /// The nearest one among the processes that this one was started by.
    pub fn above() -> Option<Self> {
        let mut next = getppid();
        while let Some(pid) = next.filter(|pid| *pid != getpid()) {
            let process = process::find(pid.as_raw_nonzero().get())?;
            if let Some(words) = words(&process.argv) {
                return Some(Self { words });
            }
            next = rustix::process::Pid::from_raw(process.parent);
        }
        None
    }

    /// The refs that it pushes and their objects, without those that it deletes and those that the
    /// remote has. Git's own options are in the environment that it gives its hooks.
    ///
    /// # Errors
    /// Git does not say.
    pub fn refs(&self) -> Result<Vec<Ref>> {
        let end = self.words.iter().position(|word| word == "--").unwrap_or(self.words.len());
        let (words, rest) = self.words.split_at(end);
        let shell = Shell::new()?;
        let ask = cmd!(shell, "git {words...} {TELL...} {rest...}");
        let finished = short::run(ask, &Environment::inherited(), &Bound::within(PATIENCE))?;
        if !finished.stdout.starts_with("To ") {
            bail!("`{self}` with --dry-run says: {}", finished.stderr.trim());
        }
        resolve(pairs(&finished.stdout))
    }
}

impl Display for Push {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "git {}", shown(&self.words))
    }
}

/// The words after git's own options, if `argv` is a push. One by an alias has a git of its own.
fn words(argv: &[String]) -> Option<Vec<String>> {
    let (program, mut words) = argv.split_first()?;
    if Utf8Path::new(program).file_name() != Some("git") {
        return None;
    }
    while let Some(option) = words.first().filter(|word| word.starts_with('-')) {
        words = words.get(if WITH_VALUE.contains(&option.as_str()) { 2 } else { 1 }..)?;
    }
    words.first().filter(|word| *word == "push").map(|_| words.to_vec())
}

/// The name at the remote and what is pushed to it, of each line that git would carry out.
fn pairs(porcelain: &str) -> Vec<(&str, &str)> {
    let columns = porcelain.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?))
    });
    let done = columns.filter(|(mark, _)| !["-", "=", "!"].contains(mark));
    done.filter_map(|(_, pair)| pair.rsplit_once(':').map(|(from, to)| (to, from))).collect()
}

/// The objects, as git sees them where it called the hook: HEAD is that of the work tree.
fn resolve(pairs: Vec<(&str, &str)>) -> Result<Vec<Ref>> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let (shell, names) = (Shell::new()?, pairs.iter().map(|(_, from)| *from));
    let ask = cmd!(shell, "git rev-parse {names...}");
    let objects = short::read(ask, &Environment::inherited(), &Bound::within(PATIENCE))?;
    Ok(pairs
        .iter()
        .map(|(to, _)| (*to).to_owned())
        .zip(objects.lines().map(str::to_owned))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<String> {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        words(&argv).map(|words| words.join(" "))
    }

    #[test]
    fn knows_a_push_by_its_words() {
        let table = [
            ("git push", Some("push")),
            ("/usr/bin/git -C .. -c a.b=c push origin main", Some("push origin main")),
            ("git --git-dir=x --no-pager push -f", Some("push -f")),
            ("git", None),
            ("git commit push", None),
            ("git -C", None),
            ("sh push", None),
        ];
        for (line, expected) in table {
            assert_eq!(of(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn reads_what_git_would_push() {
        let said = "To ../far\n*\trefs/heads/a:refs/heads/a\t[new branch]\n \tHEAD:refs/heads/b\t1..2\n\
                    +\t:/fix: it:refs/heads/c\t1...2 (forced update)\n-\t:refs/heads/gone\t[deleted]\n\
                    =\trefs/heads/d:refs/heads/d\t[up to date]\n\
                    !\trefs/heads/e:refs/heads/e\t[rejected] (fetch first)\nDone\n";
        let expected = [
            ("refs/heads/a", "refs/heads/a"),
            ("refs/heads/b", "HEAD"),
            ("refs/heads/c", ":/fix: it"),
        ];
        assert_eq!(pairs(said), expected);
    }
}
