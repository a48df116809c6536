//! Runs a start script to its end. Its output goes to a file: what it leaves running may go on to
//! write there, and holds no pipe that somebody would have to read.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Stdio};
use std::time::Duration;

use camino::Utf8PathBuf;
use smoke_core::cause::{Cause, Code};
use smoke_core::command::{End, Progress};
use smoke_core::environment::Origin;
use smoke_core::output::Stream;
use smoke_core::silence::Silence;
use smoke_core::text::shown;
use smoke_core::{detached, files};
use wait_timeout::ChildExt;

use super::found::STEP;
use crate::context::Context;
use crate::step::output::Output;
use crate::step::{Step, leaks};
use crate::unstartable;

/// Where the script's own output goes.
pub fn log(context: &Context) -> Utf8PathBuf {
    context.paths.logs.join("start-script.log")
}

/// Runs the script to its end.
///
/// # Errors
/// It cannot be started, fails, took too long, was silent for too long, or was told to stop; with
/// the process group of the script, if there is one.
pub fn run(context: &Context, step: &Step, argv: &[String]) -> Result<(), (Cause, Option<i32>)> {
    let mut environment = context.gateway.environment.clone();
    environment.set(leaks::STEP, STEP, Origin::Run);
    step.log(&format!("$ {}", shown(argv)));
    let (cwd, workspace) = (&context.paths.clone, &context.paths.workspace);
    step.ask_version(argv, cwd, &environment);
    let cannot = |error: &std::io::Error| {
        let why = unstartable::explain(argv, cwd, workspace, &environment, error);
        (why.cause(Code::GatewayCrashed), None)
    };
    let (file, reader) = open(context).map_err(|error| cannot(&error))?;
    let child = detached::start(argv, cwd, &environment, Stdio::null(), &file);
    let mut child = child.map_err(|error| cannot(&error))?;
    let mut following = Following { step, reader, output: Output::new(step) };
    let end = following.until_the_end(&mut child);
    following.take();
    following.output.finish();
    let printed = following.output.printed();
    let group = Some(child.id() as i32);
    match end {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            step.log(&status.to_string());
            let summary = format!("the start script `{}` failed ({status})", shown(argv));
            let next = step.read_log(step.id());
            Err((Cause::new(Code::GatewayCrashed, summary, next).evidence(printed.failure), group))
        }
        Err(end) => Err((step.ended(end, argv, &printed), group)),
    }
}

/// The file, and the same from its end on.
fn open(context: &Context) -> std::io::Result<(File, File)> {
    let path = log(context);
    let file = files::append(&path)?;
    let mut reader = files::open(&path)?;
    std::io::Seek::seek(&mut reader, std::io::SeekFrom::End(0))?;
    Ok((file, reader))
}

struct Following<'a> {
    step: &'a Step,
    reader: File,
    output: Output<'a>,
}

impl Following<'_> {
    /// The status that the script exits with, or why it is not waited for any longer.
    fn until_the_end(&mut self, child: &mut Child) -> Result<std::process::ExitStatus, End> {
        const TICK: Duration = Duration::from_millis(20);
        let mut silence = Silence::new(self.step.heartbeat());
        let mut said = None;
        loop {
            if let Ok(Some(status)) = child.wait_timeout(TICK) {
                return Ok(status);
            }
            if let Some(progress) = self.take() {
                said = None;
                silence.hears(progress == Progress::Made);
            }
            if let Some(quiet) = silence.look_at(child.id() as i32) {
                let said = said.get_or_insert_with(|| self.step.said_last());
                self.step.is_quiet(&quiet, said);
            }
            let silent = silence.left().is_some_and(|left| left.is_zero());
            let end = match () {
                () if self.step.stop().is_set() => End::Stopped,
                () if self.step.left().is_zero() => End::Deadline,
                () if silent => End::NoProgress,
                () => continue,
            };
            self.step.stalled(end);
            return Err(end);
        }
    }

    /// Takes what was written since the last look, if anything was.
    fn take(&mut self) -> Option<Progress> {
        let mut bytes = Vec::new();
        let _ = self.reader.by_ref().take(1 << 20).read_to_end(&mut bytes);
        (!bytes.is_empty()).then(|| self.output.take(Stream::Stdout, &bytes))
    }
}
