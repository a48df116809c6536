//! The refs that are pushed, from whoever can tell: git's lines, git itself, or pre-commit.

use std::io::{IsTerminal, Read, stdin};

use anyhow::{Context, Result, bail};
use smoke_core::bound::Bound;
use smoke_core::environment::Environment;
use smoke_core::git;
use smoke_record::screen;

use super::push::Push;
use super::trees::{self, Ref};

/// Reads git's lines. Where they did not get here, finds out by itself what is pushed, takes what
/// pre-commit says, or HEAD, and says which.
///
/// # Errors
/// This is not called as git calls a hook, or git does not say what it pushes.
pub fn find() -> Result<Vec<Ref>> {
    let input = input()?;
    // Our own hook hands on an empty line where nothing is pushed.
    if !input.is_empty() {
        return trees::read(&input);
    }
    match Push::above() {
        Some(push) => asked(&push),
        None if stdin().is_terminal() => {
            bail!("this is for git to call, and reads what is pushed; try cargo xtask hook install")
        }
        None => without_push(),
    }
}

fn input() -> Result<Vec<u8>> {
    let mut input = Vec::new();
    if !stdin().is_terminal() {
        stdin().lock().read_to_end(&mut input).context("read what is pushed")?;
    }
    Ok(input)
}

fn asked(push: &Push) -> Result<Vec<Ref>> {
    let why = match told("PRE_COMMIT") {
        Some(_) => "pre-commit tells of one ref only",
        None => "git's lines did not get here",
    };
    let refs =
        push.refs().with_context(|| format!("{why}, and git does not say what is pushed"))?;
    let count = match refs.len() {
        0 => "nothing".to_owned(),
        count => screen::count(count, "ref"),
    };
    screen::say(&format!("pre-push: {why}, so git was asked what `{push}` pushes: {count}"));
    Ok(refs)
}

/// Somebody runs the hook by hand, as pre-commit does in CI, or git cannot be seen from here.
fn without_push() -> Result<Vec<Ref>> {
    if let Some(found) = of_pre_commit()? {
        screen::say(&format!("pre-push: {} is smoked, as pre-commit tells of it alone", found.0));
        return Ok(vec![found]);
    }
    let head = git::commit(".".into(), "HEAD", &Environment::inherited(), &Bound::usual())?.id;
    screen::say("pre-push: nobody says here what is pushed, so HEAD is smoked");
    Ok(vec![("HEAD".to_owned(), head)])
}

/// What pre-commit was told to look at.
fn of_pre_commit() -> Result<Option<Ref>> {
    let Some(to) = told("PRE_COMMIT_TO_REF") else { return Ok(None) };
    let object = git::commit(".".into(), &to, &Environment::inherited(), &Bound::usual())?.id;
    Ok(Some((told("PRE_COMMIT_REMOTE_BRANCH").unwrap_or(to), object)))
}

fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
