//! Findings: what some clients would refuse, or people would be bothered by, although the run itself was
//! served. What every client refuses is no finding but a [`crate::cause::Cause`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::spelt::spelt;

/// Something that was found besides failures, as the run record and the screen show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of finding it is.
    pub name: Name,
    /// Whom it is about: a server, or one of its tools as `SERVER/TOOL`.
    pub subject: String,
    /// One sentence that says what was seen, and who minds.
    pub summary: String,
    /// The lines that show it.
    pub evidence: Vec<String>,
    /// The step that made it.
    pub step: String,
    /// Whether the profile accepts findings of this name.
    pub accepted: bool,
}

impl Finding {
    /// One without evidence yet, of a step that is still to be said.
    pub fn new(name: Name, subject: impl Into<String>, summary: impl Into<String>) -> Self {
        let (subject, summary) = (subject.into(), summary.into());
        Self { name, subject, summary, evidence: Vec::new(), step: String::new(), accepted: false }
    }

    /// The same with these lines that show it.
    pub fn evidence<T: Into<String>>(self, lines: impl IntoIterator<Item = T>) -> Self {
        Self { evidence: lines.into_iter().map(Into::into).collect(), ..self }
    }

    /// Whether the other one says the same of the same subject.
    pub fn is_of(&self, other: &Self) -> bool {
        self.name == other.name && self.subject == other.subject
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}: {}", self.name.as_str(), self.subject, self.summary)
    }
}

spelt! {
    /// The names of findings. A name never changes its meaning.
    Name;
    StrayOutput = "stray-output",
    VersionUnknown = "version-unknown",
    IdChanged = "id-changed",
    ToolTwice = "tool-twice",
    ToolNameRefused = "tool-name-refused",
    SchemaNotObject = "schema-not-object",
    ResultWithoutStructure = "result-without-structure",
    ResultBreaksSchema = "result-breaks-schema",
    StructureOnly = "structure-only",
    ContentDropped = "content-dropped",
    DescriptionCut = "description-cut",
    InputEndIgnored = "input-end-ignored",
    TermIgnored = "term-ignored",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_the_same_whatever_it_quotes() {
        let of = |subject: &str, summary: &str| Finding::new(Name::StrayOutput, subject, summary);
        assert!(of("a", "x").is_of(&of("a", "y")) && !of("a", "x").is_of(&of("b", "x")));
        assert_eq!(of("a", "x").to_string(), "stray-output of a: x");
    }

    #[test]
    fn every_name_reads_back() {
        for name in Name::ALL {
            let text = serde_json::to_value(name).unwrap();
            assert_eq!(text, name.as_str());
            assert_eq!(serde_json::from_value::<Name>(text).unwrap(), *name);
        }
    }
}
