//! The Python interpreter of a stack.

use camino::Utf8Path;

/// The one that was asked for, else the source's own virtual environment, else `python3`.
pub fn interpreter(wanted: Option<&Utf8Path>, source: &str) -> String {
    let own = Utf8Path::new(source).join(".venv/bin/python");
    match wanted {
        Some(path) => path.to_string(),
        None if own.exists() => own.to_string(),
        None => "python3".to_owned(),
    }
}
