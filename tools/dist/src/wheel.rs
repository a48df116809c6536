//! The wheel, which is a zip file: the programs as scripts, which installers put beside Python's own, and a
//! folder of what is said of them.

use std::fs;
use std::io::{Cursor, Write};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use camino::{Utf8Path, Utf8PathBuf};
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use crate::content::{BILL, Content};
use crate::libc;
use crate::project::{LICENCE, Project, SUMMARY};
use crate::sums::sha256;

const README: &str = include_str!("../readme/wheel.md");
/// The name, as names of files have it.
const NAME: &str = "clone_smoke";

/// Writes the wheel, and returns its path.
///
/// # Errors
/// It cannot be written.
pub fn write(content: &Content, project: &Project, out: &Utf8Path) -> Result<Utf8PathBuf> {
    let (version, tag) = (project.version, format!("py3-none-{}", tag(content, project)));
    let (data, info) = (format!("{NAME}-{version}.data"), format!("{NAME}-{version}.dist-info"));
    let mut wheel = Wheel::new();
    for program in &content.programs {
        wheel.add(&format!("{data}/scripts/{}", program.name), &program.bytes, 0o755)?;
    }
    for (name, text) in &content.licences {
        wheel.add(&format!("{info}/licenses/{name}"), text.as_bytes(), 0o644)?;
    }
    wheel.add(&format!("{info}/sboms/{BILL}"), content.bill.as_bytes(), 0o644)?;
    wheel.add(&format!("{info}/METADATA"), metadata(content, version).as_bytes(), 0o644)?;
    let about = format!(
        "Wheel-Version: 1.0\nGenerator: cargo-xtask-dist ({version})\nRoot-Is-Purelib: false\nTag: {tag}\n"
    );
    wheel.add(&format!("{info}/WHEEL"), about.as_bytes(), 0o644)?;
    let path = out.join(format!("{NAME}-{version}-{tag}.whl"));
    fs::write(&path, wheel.finish(&format!("{info}/RECORD"))?)
        .with_context(|| format!("write {path}"))?;
    Ok(path)
}

/// The end of the tag: on Linux with the oldest C library that both programs run with.
fn tag(content: &Content, project: &Project) -> String {
    let platform = project.platform.wheel;
    if project.platform.node_os != "linux" {
        return platform.to_owned();
    }
    let oldest = content.programs.iter().map(|program| libc::oldest(&program.bytes)).max();
    let (major, minor) = oldest.unwrap_or((2, 17));
    format!("manylinux_{major}_{minor}_{platform}")
}

fn metadata(content: &Content, version: &str) -> String {
    let mut lines = vec![
        "Metadata-Version: 2.4".to_owned(),
        "Name: clone-smoke".to_owned(),
        format!("Version: {version}"),
        format!("Summary: {SUMMARY}"),
        "Keywords: mcp,model-context-protocol,smoke-test,agent".to_owned(),
        "Author: The Clone Smoke contributors".to_owned(),
        format!("License-Expression: {LICENCE}"),
    ];
    lines.extend(content.licences.iter().map(|(name, _)| format!("License-File: {name}")));
    let classifiers = [
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Operating System :: POSIX :: Linux",
        "Operating System :: MacOS",
        "Programming Language :: Rust",
        "Topic :: Software Development :: Testing",
    ];
    lines.extend(classifiers.map(|classifier| format!("Classifier: {classifier}")));
    lines.push("Requires-Python: >=3.8".to_owned());
    lines.push("Description-Content-Type: text/markdown; charset=UTF-8".to_owned());
    format!("{}\n\n{README}", lines.join("\n"))
}

/// A zip file, and the record of what is in it.
struct Wheel {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    record: String,
}

impl Wheel {
    fn new() -> Self {
        Self { zip: ZipWriter::new(Cursor::default()), record: String::new() }
    }

    fn add(&mut self, name: &str, content: &[u8], mode: u32) -> Result<()> {
        let sum = URL_SAFE_NO_PAD.encode(sha256(content));
        self.record.push_str(&format!("{name},sha256={sum},{}\n", content.len()));
        self.write(name, content, mode)
    }

    /// All files are of the first day that the format knows, so that the same content is the same wheel.
    fn write(&mut self, name: &str, content: &[u8], mode: u32) -> Result<()> {
        let options =
            SimpleFileOptions::default().compression_level(Some(9)).unix_permissions(mode);
        self.zip.start_file(name, options.last_modified_time(DateTime::default()))?;
        Ok(self.zip.write_all(content)?)
    }

    fn finish(mut self, record: &str) -> Result<Vec<u8>> {
        let text = format!("{}{record},,\n", self.record);
        self.write(record, text.as_bytes(), 0o644)?;
        Ok(self.zip.finish()?.into_inner())
    }
}
