//! How large things may be.

use std::fs;

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::content::Content;

/// The profile of cargo that is meant for what others install; the limits hold for it.
pub const PROFILE: &str = "packaged";

const MEGABYTE: u64 = 1_000_000;
const PACKAGE: u64 = 15 * MEGABYTE;
/// The most bytes of each program.
const PROGRAMS: [(&str, u64); 2] =
    [("clone-smoke", 12 * MEGABYTE), ("clone-smoke-gateway", 10 * MEGABYTE)];

/// What is larger than it may be, in words.
///
/// # Errors
/// A package cannot be looked at.
pub fn exceeded(content: &Content, made: &[Utf8PathBuf]) -> Result<Vec<String>> {
    let mut sizes = Vec::new();
    for program in &content.programs {
        let most = PROGRAMS.iter().find(|(name, _)| *name == program.name);
        sizes.push((program.name, program.bytes.len() as u64, most.map_or(PACKAGE, |most| most.1)));
    }
    for path in made {
        sizes.push((path.file_name().unwrap_or_default(), fs::metadata(path)?.len(), PACKAGE));
    }
    let too_large = sizes.into_iter().filter(|(_, size, most)| size > most);
    let words = |(name, size, most): (&str, u64, u64)| {
        format!("{name} has {}, and at most {} are allowed", megabytes(size), megabytes(most))
    };
    Ok(too_large.map(words).collect())
}

/// A size in words.
pub fn megabytes(size: u64) -> String {
    format!("{}.{} MB", size / MEGABYTE, size % MEGABYTE / (MEGABYTE / 10))
}
