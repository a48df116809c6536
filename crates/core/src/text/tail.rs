//! The last lines of a log.

use std::io::{Read, Seek, SeekFrom};

use camino::Utf8Path;

use crate::files;
use crate::text::legible::{cut, legible};

/// The last `count` lines of the file at `path` that are not blank; none if it cannot be read. Only
/// the end of a large file is read, and long lines are cut.
pub fn lines(path: &Utf8Path, count: usize) -> Vec<String> {
    const READ: u64 = 64 * 1024;
    const LONGEST: usize = 300;
    let mut bytes = Vec::new();
    let read = files::open(path).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(READ)))?;
        file.take(READ).read_to_end(&mut bytes)
    });
    if read.is_err() {
        return Vec::new();
    }
    let mut last: Vec<String> = bytes
        .rsplit(|byte| *byte == b'\n')
        .map(|line| legible(line, LONGEST * 4))
        .filter(|line| !line.trim_ascii().is_empty())
        .take(count)
        .map(|line| cut(&String::from_utf8_lossy(&line), LONGEST))
        .collect();
    last.reverse();
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_end_of_a_file_whatever_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("log");
        let text: String = (0..50_000).map(|n| format!("line {n}\n\n")).collect();
        std::fs::write(&path, text).unwrap();
        assert_eq!(lines(&path, 2), ["line 49998", "line 49999"]);
        assert!(lines(&path.join("none"), 2).is_empty());
    }
}
