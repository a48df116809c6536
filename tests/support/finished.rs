//! What came of a run.

use std::fs;

use camino::Utf8PathBuf;
use serde_json::Value;

/// A program that ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; 128 and the signal's number when a signal ended it.
    pub code: i32,
    /// What it printed for programs.
    pub stdout: String,
    /// What it printed for people.
    pub stderr: String,
    /// The folder that explains the run; none when there was no run.
    pub run_folder: Option<Utf8PathBuf>,
    /// The run record; null when there was no run.
    pub record: Value,
}

impl Finished {
    /// Reads what was printed, and the record that it leads to.
    pub fn new(code: i32, stdout: String, stderr: String) -> Self {
        let mut folders = stderr.lines().filter_map(|line| line.strip_prefix("  run folder  "));
        let run_folder = folders.next_back().map(Utf8PathBuf::from);
        let text = run_folder.as_ref().map(|folder| fs::read_to_string(folder.join("run.json")));
        let record = text.and_then(Result::ok).and_then(|text| serde_json::from_str(&text).ok());
        let record = record.unwrap_or_default();
        Self { code, stdout, stderr, run_folder, record }
    }

    /// Holds it to an exit code.
    ///
    /// # Panics
    /// It is another one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.shown());
        self
    }

    /// Holds what people see to texts that must be there.
    ///
    /// # Panics
    /// One of them is missing.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "no {text:?} in\n{}", self.shown());
        }
        self
    }

    /// Holds the cause to a code.
    ///
    /// # Panics
    /// It is another one.
    #[track_caller]
    pub fn caused_by(self, code: &str) -> Self {
        assert_eq!(self.record["cause"]["code"], code, "{}", self.shown());
        self
    }

    /// The step of this id in the record.
    ///
    /// # Panics
    /// There is none.
    #[track_caller]
    pub fn step(&self, id: &str) -> &Value {
        let steps = self.record["steps"].as_array().unwrap();
        steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no step {id}"))
    }

    /// The folder that explains the run.
    ///
    /// # Panics
    /// There was no run.
    #[track_caller]
    pub fn folder(&self) -> &Utf8PathBuf {
        self.run_folder.as_ref().unwrap_or_else(|| panic!("no run folder\n{}", self.shown()))
    }

    /// The text of a file in the run folder.
    ///
    /// # Panics
    /// There is no such file.
    #[track_caller]
    pub fn file(&self, name: &str) -> String {
        let path = self.folder().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The run's workspace.
    ///
    /// # Panics
    /// The record names none.
    #[track_caller]
    pub fn workspace(&self) -> Utf8PathBuf {
        self.record["workspace"].as_str().unwrap_or_else(|| panic!("{}", self.shown())).into()
    }

    /// All of it, for the message of a test that fails.
    pub fn shown(&self) -> String {
        let Self { code, stdout, stderr, record, .. } = self;
        let cause = &record["cause"];
        format!("exit code {code}\n-- stdout\n{stdout}\n-- stderr\n{stderr}\n-- cause {cause:#}")
    }
}
