//! Addresses of this machine in a config home that are not the run's: a server that takes one of them
//! for its gateway talks to nobody, or to the developer's own stack.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::config;

/// The most files that are read.
const FILES: usize = 100;
/// The largest of them, in bytes.
const LARGEST: u64 = 16 << 20;
/// The most addresses that are named.
const NAMED: usize = 5;

/// A line for each address with another port than `port`, with the file and the key that has it.
/// Copies of a bundle are not looked at: what they say counts where it was written to.
pub fn strange(config_home: &Utf8Path, port: u16) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for path in files(config_home) {
        let name = path.strip_prefix(config_home).unwrap_or(&path).to_owned();
        walk(&read(&path), "", &mut |key, text| {
            if let Some(address) = loopback(text).filter(|address| address.port != port) {
                found.push(format!(
                    "{name} has {key} = {}, and the gateway is at port {port}",
                    address.text
                ));
            }
        });
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(NAMED);
    found
}

/// Whether a message says that nobody could be reached.
pub fn is_connection_failure(message: &str) -> bool {
    let message = message.to_lowercase();
    ["connect", "refused", "unreachable", "no route"].iter().any(|word| message.contains(word))
}

fn files(config_home: &Utf8Path) -> Vec<Utf8PathBuf> {
    let json = |folder: &Utf8Path| {
        let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.into_path());
        paths.filter(|path| path.extension() == Some("json")).collect::<Vec<_>>()
    };
    let mut all = json(config_home);
    all.extend(json(&config_home.join(".state")));
    all.truncate(FILES);
    all
}

fn read(path: &Utf8Path) -> Value {
    if fs::metadata(path).is_ok_and(|meta| meta.len() > LARGEST) {
        return Value::Null;
    }
    config::read(path)
}

fn walk(value: &Value, key: &str, see: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => see(key, text),
        Value::Array(list) => list.iter().for_each(|value| walk(value, key, see)),
        Value::Object(object) => object.iter().for_each(|(key, value)| walk(value, key, see)),
        _ => {}
    }
}

struct Address<'a> {
    text: &'a str,
    port: u16,
}

/// The address that a text is, if it is one of this machine with a port.
fn loopback(text: &str) -> Option<Address<'_>> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let hosts = ["127.0.0.1:", "localhost:", "[::1]:", "0.0.0.0:"];
    let rest = hosts.iter().find_map(|host| rest.strip_prefix(host))?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some(Address { text, port: rest[..digits].parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_port_is_named_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        fs::create_dir_all(home.join(".state")).unwrap();
        let text =
            r#"{"a": [{"proxyURL": "http://127.0.0.1:9090/mcp"}], "b": "http://localhost:7"}"#;
        fs::write(home.join(".state/catalog.json"), text).unwrap();
        let found = strange(home, 7);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(".state/catalog.json has proxyURL = http://127.0.0.1:9090/mcp")
        );
        assert!(loopback("see http://127.0.0.1:9").is_none() && loopback("http://h:9").is_none());
    }
}
