//! The tools in a request, by whatever names the agent's version gives them.

use serde_json::Value;

/// A tool that an agent offers to its model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tool {
    /// The namespace that it is in, for versions that have them.
    pub namespace: Option<String>,
    /// Its name there.
    pub name: String,
    /// What is said of it.
    pub description: String,
}

impl Tool {
    /// The tool that `value` describes, if it has a name.
    pub fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let description = text("description").unwrap_or_default();
        Some(Self { namespace: None, name: text("name")?, description })
    }

    /// The one name that a model has for the tool and its server.
    pub fn alias(&self) -> String {
        match self.namespace.as_deref() {
            None => self.name.clone(),
            Some(space) => format!("{}__{}", space.trim_end_matches('_'), self.name),
        }
    }
}
