//! The logs of the stack, saved in the run folder before the workspace goes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files;
use smoke_record::mask::MaskedLines;

use crate::context::Context;
use crate::pm2;
use crate::roles::supervisor;
use crate::step::Step;

/// The most that is saved of one log, in bytes: a stack may write where it has written for years.
const MOST: u64 = 16 << 20;

/// Saves the logs of the stack and of its supervisor, without their secrets.
pub fn save(context: &Context, step: &Step) {
    let paths = &context.paths;
    let known =
        [paths.workspace.join(".supervisor/supervisor.log"), pm2::log::path(&paths.pm2_home)];
    let mut all = supervisor::logs(&paths.workspace);
    all.extend(files_in(&paths.logs).into_iter().chain(files_in(&paths.pm2_home.join("logs"))));
    let mut saved = BTreeSet::new();
    for path in all.into_iter().chain(known) {
        let Some(name) = path.file_name() else { continue };
        if !path.is_file() || !saved.insert(path.clone()) {
            continue;
        }
        if let Err(error) = copy(context, &path, name) {
            step.note(format!("cannot save {path}: {error}"));
        }
    }
}

fn files_in(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    entries.map(|entry| entry.into_path()).collect()
}

fn copy(context: &Context, from: &Utf8Path, name: &str) -> std::io::Result<()> {
    let mut from = files::open(from)?;
    let length = from.metadata()?.len();
    from.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
    let to = context.folder.append(&format!("logs/{name}"))?;
    let mut to = MaskedLines::new(to, context.mask.clone());
    for line in BufReader::new(from).split(b'\n') {
        to.write_all(&[line?.as_slice(), b"\n"].concat())?;
    }
    Ok(())
}
