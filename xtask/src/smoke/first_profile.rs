//! `--init`: a first profile, which is tried at once.

use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use smoke_core::cause::Cause;
use smoke_core::git;
use smoke_core::stop::Stop;
use smoke_core::text::shown;
use smoke_record::screen;

use super::session::{Beginning, Session};
use super::{environment, refuse, source_of};
use crate::cli::output::Format;
use crate::cli::run::RunArgs;
use crate::cli::smoke::SmokeArgs;
use crate::init::{self, Written};

/// How often what a run says about the draft is taken into it.
const MENDS: usize = 3;

/// Writes it. Returns the exit code.
pub fn write(args: &SmokeArgs) -> Result<(Written, Utf8PathBuf), Cause> {
    let environment = environment()?;
    let source = source_of(&args.run, &environment)?;
    let root = git::top_level(&source, &environment).unwrap_or(source);
    let written = init::init(&root, &environment, args.instead.from.as_deref())?;
    Ok((written, root))
}

/// Says how it is tried, where that is not done here.
pub fn leave(written: &Written, root: &Utf8Path) -> u8 {
    if !written.is_git {
        screen::say("  note        this is no git repository yet; what is committed is tested");
    }
    screen::say(&format!("  try next    {}", command(root, &[])));
    0
}

/// Runs the draft until it passes, or until a run says nothing more that could be changed. Returns the exit
/// code of the last run.
pub fn attempt(args: &RunArgs, mut written: Written, root: &Utf8Path, stop: &Stop) -> u8 {
    let mut args = args.clone();
    args.source = Some(root.to_owned());
    let is_json = args.output.format == Format::Json;
    for mends in 0.. {
        let (code, folder, tools) = match run(&args, stop) {
            Ok(ended) => ended,
            Err(cause) => return refuse(&cause),
        };
        if code == 0 {
            return passed(&args, &mut written, root, &tools, stop)
                .unwrap_or_else(|cause| refuse(&cause));
        }
        let mended = if mends < MENDS && !stop.is_set() && !is_json {
            written.mend(&folder)
        } else {
            Ok(None)
        };
        match mended {
            Ok(Some(what)) => screen::say(&format!("\nchanged {}: {what}", written.path)),
            Ok(None) => {
                return written
                    .go_back()
                    .map_or_else(|cause| refuse(&cause), |()| failed(&written, root, code));
            }
            Err(cause) => return refuse(&cause),
        }
    }
    0
}

/// One run, with the tools that were listed last.
fn run(args: &RunArgs, stop: &Stop) -> Result<(u8, Utf8PathBuf, Vec<Value>), Cause> {
    screen::begin(args.output.level());
    let session = Session::start(args, Beginning::at(Instant::now())?, stop)?;
    let folder = session.watch.run_folder();
    let context = session.ready.as_ref().ok().map(|ready| ready.context.clone());
    let code = session.run();
    let listed =
        context.and_then(|context| context.connection().last().map(|last| last.tools.clone()));
    Ok((code, folder, listed.unwrap_or_default()))
}

/// What was listed is expected from now on, and what it offers as a first stage is tried as well.
fn passed(
    args: &RunArgs,
    written: &mut Written,
    root: &Utf8Path,
    tools: &[Value],
    stop: &Stop,
) -> Result<u8, Cause> {
    /// How many names are shown.
    const NAMES: usize = 12;
    let (names, has_stage) = written.listed(tools)?;
    if has_stage {
        screen::say("\ntrying a first stage, of a tool that only reads");
        let (code, ..) = run(args, stop)?;
        if code != 0 && !stop.is_set() {
            written.doubt()?;
        }
    }
    let more = names.len().saturating_sub(NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let few: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    screen::say(&format!("\n  tools       {}{more}", few.join(", ")));
    screen::say(&format!("  profile     {} expects them from now on: commit it", written.path));
    screen::say(&format!(
        "  on push     cargo xtask hook install --source {}",
        shown(&[root.to_string()])
    ));
    screen::say(
        "  in CI       docs/ci.md has the job to copy; it runs cargo xtask smoke --source .",
    );
    Ok(0)
}

fn failed(written: &Written, root: &Utf8Path, code: u8) -> u8 {
    screen::say(&format!("  draft       {} stays, to be edited", written.path));
    for remedy in written.remedies() {
        screen::say(&format!("  perhaps     {remedy}"));
    }
    screen::say(&format!("  then        {}", command(root, &[])));
    code
}

fn command(root: &Utf8Path, more: &[&str]) -> String {
    let words = ["cargo", "xtask", "smoke", "--source", root.as_str()];
    shown(&words.iter().chain(more).map(|word| (*word).to_owned()).collect::<Vec<_>>())
}
