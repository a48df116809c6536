//! The logs, as much of them as a page can bear: of a long one its head and its tail.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::files;
use smoke_core::text::legible::cut;

use super::markup::Markup;
use crate::run_record::RunRecord;

/// How much of a log is shown, in bytes: of its head, and of its tail, which says how it ended.
const HEAD: u64 = 24 * 1024;
const TAIL: u64 = 72 * 1024;
/// As much again, so many times, of the log of a step that failed.
const FAILED: u64 = 4;
/// The most bytes of markup that all logs make. Those of steps that failed come first.
const ALL: usize = 6 << 20;
/// The most logs that are shown, and the longest line of one, in characters.
const LOGS: usize = 200;
const LINE: usize = 2_000;

/// All logs of the run folder, those of steps that failed first and open.
pub fn logs(folder: &Utf8Path, record: &RunRecord) -> Markup {
    let mut out = Markup::new();
    let found = found(folder, record);
    if found.is_empty() {
        return out;
    }
    out.raw("<form id=\"search\" role=\"search\" hidden><label for=\"q\">Search the logs</label> ");
    out.raw("<input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"> ");
    out.raw("<output id=\"hits\" for=\"q\" aria-live=\"polite\"></output></form>");
    let mut left_out = Vec::new();
    for (path, failed) in &found {
        let name = path.strip_prefix(folder).unwrap_or(path).as_str();
        let part = if *failed { FAILED } else { 1 };
        let Ok(shown) = show(path, name, part, *failed) else { continue };
        if out.len() + shown.len() > ALL {
            left_out.push(name);
        } else {
            out.add(&shown);
        }
    }
    if !left_out.is_empty() {
        let text = format!("Too large to be shown here: {}.", cut(&left_out.join(", "), LINE));
        out.element("<p class=\"cut\">", text, "</p>");
    }
    out
}

/// The logs, and whether each is of a step that failed.
fn found(folder: &Utf8Path, record: &RunRecord) -> Vec<(Utf8PathBuf, bool)> {
    let below = folder.join("logs").read_dir_utf8().into_iter().flatten().flatten();
    let mut paths: Vec<Utf8PathBuf> = below.map(|entry| entry.into_path()).collect();
    paths.push(folder.join("harness.log"));
    // What is no file, such as a pipe, could not be read to an end.
    let is_log = |path: &Utf8PathBuf| {
        let meta = fs::symlink_metadata(path);
        meta.is_ok_and(|meta| meta.is_file() && meta.len() > 0) && path.extension() == Some("log")
    };
    paths.retain(is_log);
    let failed = |path: &Utf8Path| {
        let of = path.strip_prefix(folder).map(Utf8Path::as_str).unwrap_or_default();
        record.steps.iter().any(|step| step.cause.is_some() && step.log.as_deref() == Some(of))
    };
    let mut found: Vec<_> = paths.into_iter().map(|path| (failed(&path), path)).collect();
    found.sort_by_key(|(failed, path)| (!failed, path.clone()));
    found.truncate(LOGS);
    found.into_iter().map(|(failed, path)| (path, failed)).collect()
}

fn show(path: &Utf8Path, name: &str, part: u64, open: bool) -> std::io::Result<Markup> {
    let mut file = files::open(path)?;
    let length = file.metadata()?.len();
    let (head, tail) = (HEAD * part, TAIL * part);
    let mut out = Markup::new();
    out.raw(if open { "<details open" } else { "<details" }).raw(" class=\"log\"><summary><code>");
    out.text(name).raw("</code> <span class=\"dim\">").text(size(length)).raw("</span></summary>");
    if length <= head + tail {
        block(&mut out, &read(&mut file, 0, length)?);
    } else {
        block(&mut out, &read(&mut file, 0, head)?);
        let missing = format!("{} left out; the whole is in {name}", size(length - head - tail));
        out.element("<p class=\"cut\">", missing, "</p>");
        block(&mut out, &read(&mut file, length - tail, tail)?);
    }
    out.raw("</details>");
    Ok(out)
}

fn read(file: &mut File, from: u64, count: u64) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(count).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn block(out: &mut Markup, text: &str) {
    out.raw("<pre tabindex=\"0\">");
    // A browser takes the first line feed of the element away.
    out.raw("\n");
    for line in text.lines() {
        out.text(cut(line, LINE)).raw("\n");
    }
    out.raw("</pre>");
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
