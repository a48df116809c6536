//! `cargo xtask transcript`: shows a transcript of any agent, and holds it to a stage of a profile.

mod common;
mod words;

use std::fs::File;
use std::io::{ErrorKind, stdin};

use anyhow::{Context as _, Result, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use smoke_agents::read_expecting;
use smoke_agents::transcript::{
    Expectation, Fault, Observations, Transcript, Verdict, hold, judge, judge_form,
};
use smoke_core::text::nearest;
use smoke_core::{git, project};
use smoke_record::profile::{self, Profile, StageSpec};
use smoke_record::screen;

use crate::cli::output::Format;

/// Arguments of `transcript`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The transcript, as any agent prints it line by line; `-` is stdin
    #[arg(value_name = "FILE")]
    pub file: Utf8PathBuf,
    /// The stage to hold its calls to
    #[arg(long)]
    pub stage: Option<String>,
    /// Whose stage that is: a built-in profile, or the path of one [default: as for smoke]
    #[arg(long, value_name = "NAME|FILE", requires = "stage")]
    pub profile: Option<String>,
    /// Print text, or JSON
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// What a transcript was held to, and what came of it.
struct Held {
    stage: String,
    verdicts: Vec<Verdict>,
    fault: Option<Fault>,
}

/// Shows the transcript. Returns the exit code: 0, or 1 if it has no event or does not do what the
/// stage expects.
///
/// # Errors
/// The file cannot be read, or there is no such profile or stage.
pub fn show(args: &Args) -> Result<u8> {
    let profile = args.stage.as_ref().map(|_| find_profile(args)).transpose()?;
    let stage = match (&profile, &args.stage) {
        (Some(profile), Some(name)) => Some((profile, find_stage(profile, name)?)),
        _ => None,
    };
    let expectations =
        stage.map(|(profile, stage)| profile.expectations(stage)).unwrap_or_default();
    let transcript = read(&args.file, &expectations)?;
    let held = stage.map(|(_, stage)| hold_to(stage, &expectations, &transcript));
    let fault = match &held {
        Some(held) => held.fault.clone(),
        None => judge_form(&transcript),
    };
    match args.format {
        Format::Human => {
            print(words::calls(&transcript), screen::print_inert);
            screen::print_inert(&words::ending(&transcript, held.as_ref()));
        }
        Format::Json => {
            let held = held.as_ref();
            let document = common::document(args.file.as_str(), &transcript, held, &fault);
            print(document, screen::print);
        }
    }
    let Some(fault) = fault else { return Ok(0) };
    screen::say(&format!("error [{}]: {}", fault.code.as_str(), fault.summary));
    fault.evidence.iter().for_each(|line| screen::say(&format!("    | {line}")));
    Ok(1)
}

/// Prints pieces of text, some at a time: all of them may be a lot.
fn print(pieces: impl Iterator<Item = String>, print: fn(&str)) {
    const AT_ONCE: usize = 64 * 1024;
    let mut text = String::new();
    for piece in pieces {
        text.push_str(&piece);
        if text.len() >= AT_ONCE {
            print(&std::mem::take(&mut text));
        }
    }
    print(&text);
}

fn read(file: &Utf8Path, expectations: &[Expectation]) -> Result<Transcript> {
    if file == "-" {
        return Ok(read_expecting(expectations, stdin().lock()));
    }
    let open =
        || if file.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { File::open(file) };
    let opened = open().with_context(|| format!("read {file}; name a transcript"))?;
    Ok(read_expecting(expectations, opened))
}

fn find_profile(args: &Args) -> Result<Profile> {
    let environment = project::inherited()?;
    let source = project::root(&environment).unwrap_or_else(|_| ".".into());
    let committed = |path: &str| git::show(&source, "HEAD", path, &environment);
    profile::find(args.profile.as_deref(), &source, &committed)
}

fn find_stage<'a>(profile: &'a Profile, name: &str) -> Result<&'a StageSpec> {
    let names = || profile.stages.iter().map(|stage| stage.name.as_str());
    let found = profile.stages.iter().find(|stage| stage.name == name);
    let stage = found.ok_or_else(|| {
        let hint = nearest::hint(name, names());
        anyhow!("profile {} has no stage `{name}`; {hint}", profile.name)
    })?;
    if stage.calls.is_empty() {
        bail!("stage `{name}` of profile {} expects no call", profile.name);
    }
    Ok(stage)
}

fn hold_to(stage: &StageSpec, expectations: &[Expectation], transcript: &Transcript) -> Held {
    let verdicts = hold(expectations, &transcript.calls);
    let fault = judge(expectations, &verdicts, transcript, &Observations::default());
    Held { stage: stage.name.clone(), verdicts, fault }
}
