//! Archives of tar, compressed: the one for everybody, and those of npm.

use std::fs::File;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::content::{BILL, Content};
use crate::project::Project;

const README: &str = include_str!("../readme/archive.md");

/// A compressed archive that is written.
pub struct Archive {
    builder: tar::Builder<GzEncoder<File>>,
    folder: String,
    time: u64,
}

impl Archive {
    /// One at `path` whose files are all in `folder`, and as old as the commit.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(path: &Utf8Path, folder: &str, project: &Project) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("write {path}"))?;
        let builder = tar::Builder::new(GzEncoder::new(file, Compression::best()));
        Ok(Self { builder, folder: folder.to_owned(), time: project.time })
    }

    /// Adds a file with these permissions.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, name: &str, content: &[u8], mode: u32) -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        header.set_mtime(self.time);
        let path = format!("{}/{name}", self.folder);
        self.builder
            .append_data(&mut header, &path, content)
            .with_context(|| format!("pack {path}"))
    }

    /// Adds the licences and the bill of materials.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn add_papers(&mut self, content: &Content) -> Result<()> {
        for (name, text) in &content.licences {
            self.add(name, text.as_bytes(), 0o644)?;
        }
        self.add(BILL, content.bill.as_bytes(), 0o644)
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> Result<()> {
        self.builder.into_inner()?.finish()?;
        Ok(())
    }
}

/// Writes the archive for everybody, and returns its path.
///
/// # Errors
/// It cannot be written.
pub fn write(content: &Content, project: &Project, out: &Utf8Path) -> Result<Utf8PathBuf> {
    let name = format!("clone-smoke-{}-{}", project.version, project.platform.triple);
    let path = out.join(format!("{name}.tar.gz"));
    let mut archive = Archive::create(&path, &name, project)?;
    for program in &content.programs {
        archive.add(program.name, &program.bytes, 0o755)?;
    }
    archive.add("README.md", README.as_bytes(), 0o644)?;
    archive.add_papers(content)?;
    archive.finish()?;
    Ok(path)
}
