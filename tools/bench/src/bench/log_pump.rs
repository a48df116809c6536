//! The bench `log-pump`: how fast a command may print, a gigabyte of lines and one long line, through a
//! step into its log, with some secrets to look for, against `cat` through the same pipe into a file.

use std::fs::{self, File};
use std::io::{BufWriter, Write};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::goal::Goal;
use super::sample::Sample;
use super::{Bench, Round, Subject};

/// The size of all lines, and of the one line, in bytes.
const LINES: u64 = 1_000_000_000;
const LINE: u64 = 100_000_000;

/// Times a step whose command prints a lot.
pub const BENCH: Bench = Bench {
    name: "log-pump",
    summary: "1 GB of lines, and one line of 100 MB, through a step into its log",
    rounds: 5,
    goals: &[Goal::at_least("throughput of cat's", 0.5), Goal::at_most("peak memory", 64.0)],
    needs: &[("smoke", &["--source", "--artifacts"])],
    set_up,
};

/// What is printed.
struct Printed {
    name: &'static str,
    /// In bytes.
    size: u64,
    /// A repository with a check that prints it.
    source: Utf8PathBuf,
    /// The file that has it.
    file: Utf8PathBuf,
}

fn set_up(subject: &Subject) -> Result<Round<'_>> {
    let inputs = [
        ("lines", LINES, write_lines as fn(&mut dyn Write, u64) -> std::io::Result<()>),
        ("one line", LINE, write_line),
    ];
    let mut all = Vec::new();
    for (name, size, write) in inputs {
        let file = subject.place.path().join(name.replace(' ', "-"));
        let mut out = BufWriter::new(File::create(&file).context("write lines")?);
        write(&mut out, size).and_then(|()| out.flush()).context("write lines")?;
        // What is still to be written to the disk would hold up whoever writes first.
        out.get_ref().sync_all().context("write lines")?;
        all.push(Printed { name, size, source: source(subject, &file)?, file });
    }
    Ok(Box::new(move |round| {
        let mut samples = Vec::new();
        for printed in &all {
            samples.extend(one(subject, printed, round)?);
        }
        Ok(samples)
    }))
}

/// Lines of several lengths with numbers in them, as programs print them.
fn write_lines(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    const WORDS: [&str; 12] = [
        "server",
        "started",
        "request",
        "in",
        "ms",
        "error:",
        "retry",
        "path=/mcp",
        "füße",
        "tool",
        "http://127.0.0.1:8080/mcp",
        "\"quoted\"",
    ];
    let (mut random, mut written) = (fastrand::Rng::with_seed(7), 0);
    while written < size {
        let mut line =
            format!("12:{:02}:{:02}.{:03} INFO", written % 60, written / 7 % 60, written % 1000);
        for _ in 0..random.usize(3..16) {
            match random.u8(..5) {
                0 => line += &format!(" {}", random.u32(..100_000)),
                _ => line += &format!(" {}", random.choice(WORDS).unwrap_or_default()),
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    Ok(())
}

/// A line without any space, as a program prints a picture.
fn write_line(out: &mut dyn Write, size: u64) -> std::io::Result<()> {
    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut random = fastrand::Rng::with_seed(7);
    let piece: Vec<u8> = (0..100_000).filter_map(|_| random.choice(BASE64).copied()).collect();
    for _ in 0..size / piece.len() as u64 {
        out.write_all(&piece)?;
    }
    Ok(())
}

/// A repository with a check that prints the file.
fn source(subject: &Subject, file: &Utf8Path) -> Result<Utf8PathBuf> {
    let command = json!(["cat", file]);
    let profile = format!(
        "name = \"pump\"\n[env]\nA_TOKEN = \"tok-3f8a9b7c6d5e4f3a2b1c\"\n\
         ANOTHER_API_KEY = \"sk-abcdef0123456789abcdef0123456789\"\n\
         [gateway]\ncommand = [\"true\"]\ntools = [\"none\"]\n\
         [gateway.build]\ncommand = {command}\noutput = \"none\"\n[deadlines]\nbuild = \"600s\"\n"
    );
    let name = format!("source-of-{}", file.file_name().unwrap_or_default());
    subject.place.repository(&name, &[("smoke.toml", &profile)])
}

fn one(subject: &Subject, printed: &Printed, round: usize) -> Result<[Sample; 4]> {
    let Printed { name, size, source, file } = printed;
    let ((step, peak), cat) = if round.is_multiple_of(2) {
        let step = through_step(subject, source, *size)?;
        (step, through_cat(subject, file)?)
    } else {
        let cat = through_cat(subject, file)?;
        (through_step(subject, source, *size)?, cat)
    };
    Ok([
        Sample::seconds(format!("step: {name}"), step),
        Sample::seconds(format!("cat: {name}"), cat),
        Sample::ratio(format!("throughput of cat's: {name}"), cat, step),
        Sample::bytes(format!("peak memory: {name}"), peak),
    ])
}

/// The seconds that a step takes whose command prints the file, and the most memory of the run.
fn through_step(subject: &Subject, source: &Utf8Path, size: u64) -> Result<(f64, u64)> {
    let place = &subject.place;
    let artifacts = place.folder("artifacts")?;
    let argv = [subject.program.path.as_str(), "smoke", "--source", source.as_str()];
    let argv = [&argv[..], &["--artifacts", artifacts.as_str()]].concat();
    // The build fails after all, because there is nothing that it would have built.
    let (_, cost) = place.start(&argv, place.path())?.end_watched(place)?;
    let latest = artifacts.join("latest");
    let log = fs::metadata(latest.join("logs/build.log")).context("look at a log")?;
    ensure!(log.len() >= size, "the log has only {} bytes", log.len());
    let text = fs::read_to_string(latest.join("run.json")).context("read a record")?;
    let record: Value = serde_json::from_str(&text).context("read a record")?;
    let mut steps = record["steps"].as_array().into_iter().flatten();
    let build = steps.find(|step| step["id"] == "build").context("find a step")?;
    let took = build["duration_ms"].as_f64().context("read how long a step took")?;
    fs::remove_dir_all(&artifacts).context("remove a run folder")?;
    Ok((took / 1000.0, cost.peak))
}

/// The seconds that `cat` takes.
fn through_cat(subject: &Subject, file: &Utf8Path) -> Result<f64> {
    let (place, out) = (&subject.place, subject.place.path().join("cat-out"));
    let script = "cat \"$0\" | cat > \"$1\"";
    let cost = place.run(&["sh", "-c", script, file.as_str(), out.as_str()], place.path())?;
    fs::remove_file(&out).context("remove what cat wrote")?;
    Ok(cost.seconds)
}
