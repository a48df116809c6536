//! Programs: the file that a name or a path starts, and its interpreter.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};

/// The file that `name` starts: itself when it is a path, else the first one on `path`, which is a
/// value of PATH. Only a file that may be executed counts.
pub fn find(name: &str, path: &str) -> Option<Utf8PathBuf> {
    if name.contains('/') {
        return Some(Utf8PathBuf::from(name)).filter(|path| is_executable(path));
    }
    path.split(':').map(|folder| Utf8Path::new(folder).join(name)).find(|file| is_executable(file))
}

/// The program `name` of a command that runs in `cwd`: a path is seen from there, a name is looked for on PATH.
pub fn seen_from(cwd: &Utf8Path, name: &str) -> String {
    if name.contains('/') { cwd.join(name).into_string() } else { name.to_owned() }
}

/// What the first line of a script names: `#!/usr/bin/env node` is about node.
pub fn interpreter(file: &Utf8Path) -> Option<String> {
    let line = first_line(file)?;
    let mut words = line.strip_prefix("#!")?.split_whitespace();
    let first = words.next()?;
    if first.rsplit('/').next() != Some("env") {
        return Some(first.to_owned());
    }
    words.find(|word| !word.starts_with('-') && !word.contains('=')).map(str::to_owned)
}

/// The first line of a file without its line feed, as much of it as the kernel reads of a script's.
pub fn first_line(file: &Utf8Path) -> Option<String> {
    let mut start = Vec::new();
    File::open(file).ok()?.take(256).read_to_end(&mut start).ok()?;
    String::from_utf8_lossy(&start).split('\n').next().map(str::to_owned)
}

/// Whether the file at `path` may be executed.
pub fn is_executable(path: &Utf8Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_programs_on_the_path_and_by_path() {
        assert!(find("sh", "/nowhere:/bin:/usr/bin").is_some());
        assert_eq!(find("sh", "/nowhere"), None);
        assert_eq!(find("/bin/sh", ""), Some("/bin/sh".into()));
        assert_eq!(find("/etc/passwd", ""), None);
    }
}
