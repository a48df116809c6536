//! Questions to git, without the variables that would point it at another repository.

use std::sync::OnceLock;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::{Shell, cmd};

use crate::attended::Unanswered;
use crate::bound::Bound;
use crate::environment::Environment;
use crate::short;

/// Options for every git of ours: neither the user's hooks nor a monitor of theirs has any part in
/// a fresh clone, nor does git tidy it up in a process that outlives the command.
pub const ALONE: [&str; 6] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "maintenance.auto=false",
];

/// What a user's git ignores everywhere counts for nobody else.
const FOR_ALL: [&str; 2] = ["-c", "core.excludesFile=/dev/null"];

/// A commit and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// The hash of its tree.
    pub tree: String,
}

/// Takes the variables out of `environment` that point git at a repository: a hook in a linked
/// worktree exports them, and `git clone` below such a hook would damage the user's repository.
///
/// # Errors
/// There is no git on this machine.
pub fn forget_repository(environment: &mut Environment) -> Result<()> {
    // What one git says once, it says again.
    static NAMES: OnceLock<String> = OnceLock::new();
    let names = match NAMES.get() {
        Some(names) => names,
        None => {
            let shell = Shell::new()?;
            let ask = cmd!(shell, "git rev-parse --local-env-vars");
            let names = short::read(ask, environment, &Bound::usual())?;
            NAMES.get_or_init(|| names)
        }
    };
    names.lines().for_each(|name| environment.remove(name));
    Ok(())
}

/// The root of the work tree that `folder` is in.
pub fn top_level(folder: &Utf8Path, environment: &Environment) -> Result<Utf8PathBuf> {
    let question = ["rev-parse", "--show-toplevel"];
    Ok(ask(folder, environment, &Bound::usual(), &question)?.into())
}

/// The commit that `revision` names.
pub fn commit(
    repository: &Utf8Path,
    revision: &str,
    environment: &Environment,
    bound: &Bound,
) -> Result<Commit> {
    let (commit, tree) = (format!("{revision}^{{commit}}"), format!("{revision}^{{tree}}"));
    // One question for both. A name that begins with a dash would be an option, and is none of a
    // commit; a range of commits has other answers.
    let said = match revision.starts_with('-') {
        true => Ok(String::new()),
        false => ask(repository, environment, bound, &["rev-parse", &commit, &tree, "--"]),
    };
    let said = said.or_else(|error| {
        // It may be git that cannot be asked, which is also said of a folder that is not there.
        let unasked = error.root_cause().is::<std::io::Error>() && repository.is_dir();
        if unasked || error.is::<Unanswered>() { Err(error) } else { Ok(String::new()) }
    })?;
    match said.lines().collect::<Vec<_>>()[..] {
        [id, tree, "--"] if is_object(id) && is_object(tree) => {
            Ok(Commit { id: id.to_owned(), tree: tree.to_owned() })
        }
        _ => Err(unknown(repository, revision, environment, bound)),
    }
}

/// Why `revision` names no commit: there may be no repository at all, or none that git will open.
fn unknown(
    repository: &Utf8Path,
    revision: &str,
    environment: &Environment,
    bound: &Bound,
) -> anyhow::Error {
    if !repository.is_dir() {
        return anyhow::anyhow!("{repository} is no folder of this machine");
    }
    match ask(repository, environment, bound, &["rev-parse", "--git-dir"]) {
        Err(why) => why.context(format!("{repository} is no git repository that can be used")),
        Ok(_) if revision == "HEAD" => anyhow::anyhow!("{repository} has no commit yet"),
        Ok(_) => anyhow::anyhow!("`{revision}` names no commit in {repository}"),
    }
}

/// The file at `path` as `revision` has it; none if it has none.
pub fn show(
    repository: &Utf8Path,
    revision: &str,
    path: &str,
    environment: &Environment,
) -> Option<String> {
    let show = ["show", "--end-of-options", &format!("{revision}:{path}")];
    ask(repository, environment, &Bound::usual(), &show).ok()
}

/// The hash of the file or folder at `path` as `commit` has it; none if it has none.
pub fn object(
    repository: &Utf8Path,
    commit: &str,
    path: &str,
    environment: &Environment,
) -> Option<String> {
    let place = format!("{commit}:{path}");
    let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", &place];
    ask(repository, environment, &Bound::usual(), &verify).ok()
}

/// Whether git brings the files of git-lfs along.
pub fn has_lfs(repository: &Utf8Path, environment: &Environment, bound: &Bound) -> bool {
    ask(repository, environment, bound, &["config", "--get", "filter.lfs.smudge"]).is_ok()
}

/// What differs from HEAD in the work tree, a line for each path, as this user sees it; ignored files do not
/// count.
pub fn changes(
    repository: &Utf8Path,
    environment: &Environment,
    bound: &Bound,
) -> Result<Vec<String>> {
    status(repository, environment, bound, &[])
}

/// The same as everybody sees it: only what the repository itself ignores does not count.
pub fn changes_for_all(
    repository: &Utf8Path,
    environment: &Environment,
    bound: &Bound,
) -> Result<Vec<String>> {
    status(repository, environment, bound, &FOR_ALL)
}

fn status(
    repository: &Utf8Path,
    environment: &Environment,
    bound: &Bound,
    options: &[&str],
) -> Result<Vec<String>> {
    let porcelain = ["--no-optional-locks", "status", "--porcelain", "--untracked-files=all"];
    let shell = Shell::new()?;
    shell.change_dir(repository);
    let status = cmd!(shell, "git {ALONE...} {options...} {porcelain...}");
    let finished = short::run(status, environment, bound)
        .with_context(|| format!("look at the changes in {repository}"))?;
    if !finished.status.success() {
        anyhow::bail!("git status in {repository} failed: {}", finished.stderr.trim());
    }
    Ok(finished.stdout.lines().map(str::to_owned).collect())
}

/// Whether this is the name of an object, in either of git's two kinds of hashes.
pub fn is_object(word: &str) -> bool {
    matches!(word.len(), 40 | 64) && word.chars().all(|c| c.is_ascii_hexdigit())
}

fn ask(
    folder: &Utf8Path,
    environment: &Environment,
    bound: &Bound,
    arguments: &[&str],
) -> Result<String> {
    let shell = Shell::new()?;
    shell.change_dir(folder);
    short::read(cmd!(shell, "git {ALONE...} {arguments...}"), environment, bound)
        .with_context(|| format!("ask git in {folder}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Origin;

    #[test]
    fn what_one_user_ignores_everywhere_is_a_change_for_all() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let (repository, config) = (folder.join("repository"), folder.join("config"));
        let mut environment = Environment::inherited();
        environment.set("GIT_CONFIG_GLOBAL", config.as_str(), Origin::Run);
        let ignored = folder.join("ignored");
        std::fs::write(&ignored, "*.log\n").unwrap();
        std::fs::write(&config, format!("[core]\nexcludesFile = {ignored}\n")).unwrap();
        std::fs::create_dir(&repository).unwrap();
        let bound = Bound::usual();
        ask(&repository, &environment, &bound, &["init", "--quiet", "."]).unwrap();
        std::fs::write(repository.join("a.log"), "").unwrap();
        assert!(changes(&repository, &environment, &bound).unwrap().is_empty());
        assert_eq!(changes_for_all(&repository, &environment, &bound).unwrap(), ["?? a.log"]);
    }

    #[test]
    fn only_the_name_of_one_commit_names_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let environment = Environment::inherited();
        let bound = Bound::usual();
        let git = |words: &[&str]| ask(folder, &environment, &bound, words).unwrap();
        git(&["init", "--quiet", "."]);
        let author = ["-c", "user.name=a", "-c", "user.email=a@localhost"];
        for message in ["one", "two"] {
            let commit = ["commit", "--quiet", "--allow-empty", "--message", message];
            git(&[&author[..], &commit].concat());
        }
        let id = git(&["rev-parse", "HEAD"]);
        let tree = git(&["rev-parse", "HEAD^{tree}"]);
        for name in ["HEAD", "@", &id, &id[..8]] {
            let found = commit(folder, name, &environment, &bound).unwrap();
            assert_eq!((found.id.as_str(), found.tree.as_str()), (id.as_str(), tree.as_str()));
        }
        for name in ["HEAD~1..HEAD", "^HEAD", "HEAD^!", "--all", "-1", "no-such", "", &tree] {
            let error = commit(folder, name, &environment, &bound).unwrap_err().to_string();
            assert!(error.contains("names no commit"), "{name}: {error}");
        }
    }
}
