//! The log of a step: what it says itself, and what its commands print.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Mutex;

use smoke_core::output::Stream;

/// A log that several write to. Lines of several stay apart, also where one has not ended its own.
#[derive(Debug)]
pub struct Log {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// None where the log cannot be written at all.
    file: Option<File>,
    /// Why it lacks something.
    lost: Option<String>,
    /// Whose line has not ended.
    open: Option<Stream>,
}

impl Log {
    /// A log in `file`. One that cannot be had lacks everything.
    pub fn new(file: io::Result<File>) -> Self {
        let (file, lost) = match file {
            Ok(file) => (Some(file), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { inner: Mutex::new(Inner { file, lost, open: None }) }
    }

    /// Whether anything gets into it.
    pub fn is_kept(&self) -> bool {
        self.inner.lock().is_ok_and(|inner| inner.file.is_some())
    }

    /// Writes one line.
    pub fn line(&self, text: &str) {
        self.write(None, format!("{text}\n").as_bytes());
    }

    /// Writes what a command printed on `stream`, as much of it as there is.
    pub fn output(&self, stream: Stream, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.write(Some(stream), bytes);
        }
    }

    /// Ends the line that has not ended, if there is one.
    pub fn end_line(&self) {
        self.write(None, b"");
    }

    /// Why it lacks something, if it does.
    pub fn lost(&self) -> Option<String> {
        self.inner.lock().ok().and_then(|inner| inner.lost.clone())
    }

    fn write(&self, by: Option<Stream>, bytes: &[u8]) {
        let Ok(mut inner) = self.inner.lock() else { return };
        if let Err(error) = inner.write(by, bytes) {
            inner.lost.get_or_insert(error.to_string());
        }
    }
}

impl Inner {
    fn write(&mut self, by: Option<Stream>, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        if self.open.is_some() && self.open != by {
            file.write_all(b"\n")?;
        }
        self.open = by.filter(|_| !bytes.ends_with(b"\n"));
        file.write_all(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_several_stay_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = Log::new(File::create(&path));
        log.line("$ make");
        for (stream, text) in [
            (Stream::Stdout, "a piece"),
            (Stream::Stdout, " and more"),
            (Stream::Stderr, "an error\n"),
            (Stream::Stdout, "b\nc"),
        ] {
            log.output(stream, text.as_bytes());
        }
        log.line("over");
        log.output(Stream::Stderr, b"last");
        log.end_line();
        log.end_line();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text, "$ make\na piece and more\nan error\nb\nc\nover\nlast\n");
        assert_eq!(log.lost(), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_cannot_be_written_is_said_once() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let log = Log::new(Ok(full));
        log.line("x");
        log.line("y");
        assert!(log.lost().unwrap().contains("space"));
    }
}
