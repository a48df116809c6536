//! Reading a stream, line by line.

use std::io::{ErrorKind, Read};

use smoke_json::{Json, Line, Lines, fields};

use super::form::Form;
use super::utf16::Encoding;
use crate::transcript::{Expectation, Transcript};

/// A stream that is being read.
#[derive(Debug, Default)]
pub struct Reader {
    forms: &'static [Form],
    form: Option<&'static Form>,
    encoding: Encoding,
    lines: Lines,
    transcript: Transcript,
}

impl Reader {
    /// A reader of one of these forms: that of the first line that one of them knows.
    pub fn of(forms: &'static [Form]) -> Self {
        Self { forms, ..Self::default() }
    }

    /// The same, with room for the calls that are expected above all.
    pub fn expecting(self, expectations: &[Expectation]) -> Self {
        let wanted = expectations.iter().map(|wanted| (wanted.server.clone(), wanted.tool.clone()));
        Self { transcript: Transcript::wanting(wanted.collect()), ..self }
    }

    /// What has been read so far.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Reads to the end. It never fails: lines that are not events are kept as such.
    pub fn read(mut self, mut from: impl Read) -> Transcript {
        let mut piece = vec![0; 256 * 1024];
        loop {
            match from.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => self.push(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.transcript.read_error = Some(error.to_string());
                    break;
                }
            }
        }
        self.finish();
        self.transcript
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if matches!(self.encoding, Encoding::Unknown) && !bytes.is_empty() {
            self.encoding = Encoding::of(bytes);
        }
        let text;
        let bytes = match &mut self.encoding {
            Encoding::Wide(wide) => {
                text = wide.text(bytes);
                text.as_bytes()
            }
            _ => bytes,
        };
        let mut lines = std::mem::take(&mut self.lines);
        lines.push(bytes, &mut |line| self.take_line(line));
        self.lines = lines;
    }

    /// Takes what is left without a line feed.
    pub fn finish(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.finish(&mut |line| self.take_line(line));
    }

    fn take_line(&mut self, line: Line<'_>) {
        self.transcript.begin_line(line.is_cut);
        let bytes = line.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line.bytes).trim_ascii();
        if bytes.is_empty() {
            return;
        }
        if line.is_endless {
            return self.transcript.take_malformed(bytes, "a line without end: ");
        }
        let is_event = match bytes[0] {
            b'[' => self.take_list(bytes),
            _ => self.take_object(bytes),
        };
        if is_event.is_none() {
            self.transcript.take_malformed(bytes, "");
        }
    }

    /// Some agents can be told to print all their events as one list.
    fn take_list(&mut self, text: &[u8]) -> Option<()> {
        let events = Json::array(text)?.elements();
        events.fold(None, |any, event| self.take_object(event.raw()).or(any))
    }

    fn take_object(&mut self, text: &[u8]) -> Option<()> {
        let form = self.form.or_else(|| self.find_form(text))?;
        (form.take)(&mut self.transcript, text)?;
        self.transcript.events += 1;
        Some(())
    }

    fn find_form(&mut self, text: &[u8]) -> Option<&'static Form> {
        let [] = fields(text, [])?;
        let form = self.forms.iter().find(|form| (form.knows)(Json::of(text)))?;
        self.transcript.author = Some(form.author);
        self.form = Some(form);
        Some(form)
    }
}
