//! The status of a bundle: which of its servers are installed.

use anyhow::Result;

use crate::descriptor::Descriptor;
use crate::overlay::Overlay;
use crate::{Bundle, ConfigHome};

/// One server of a bundle, compared with the config home.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerStatus {
    /// The server.
    pub name: String,
    /// Whether it is installed.
    pub state: ServerState,
    /// What its descriptor says about it.
    pub description: Option<String>,
}

/// Whether a server is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// As the bundle describes it.
    Installed,
    /// Under this name, but set up differently.
    Different,
    /// Not at all.
    NotInstalled,
}

/// Compares every server of the bundle with the config home's overlay.
///
/// # Errors
/// An overlay that cannot be read.
pub fn status(bundle: &Bundle, home: &ConfigHome) -> Result<Vec<ServerStatus>> {
    let overlay = Overlay::read(&home.overlay(), None)?;
    let descriptors = bundle.servers().filter_map(|value| Descriptor::parse(&value).ok());
    Ok(descriptors.map(|descriptor| compare(descriptor, &overlay)).collect())
}

fn compare(descriptor: Descriptor, overlay: &Overlay) -> ServerStatus {
    let state = match (overlay.get(&descriptor.name), descriptor.entry()) {
        (None, _) => ServerState::NotInstalled,
        (Some(own), Ok(entry)) if own == entry => ServerState::Installed,
        _ => ServerState::Different,
    };
    ServerStatus { name: descriptor.name, state, description: descriptor.description }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_the_three_states_apart() {
        let folder = tempfile::tempdir().unwrap();
        let home = ConfigHome::new(Utf8Path::from_path(folder.path()).unwrap());
        let same = json!({"type": "stdio", "command": "x"});
        let overlay = json!({"mcpServers": {"a": same, "b": {"command": "y"}}});
        std::fs::write(home.overlay(), overlay.to_string()).unwrap();
        let server = |name: &str| json!({"name": name, "command": "x"});
        let bundle = Bundle::for_tests("p", json!([server("a"), server("b"), server("c")]));
        let states: Vec<_> = status(&bundle, &home).unwrap().iter().map(|s| s.state).collect();
        assert_eq!(
            states,
            [ServerState::Installed, ServerState::Different, ServerState::NotInstalled]
        );
    }
}
