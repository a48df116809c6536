//! Paths of the author's machine in a list of servers: absolute, not here, and with the ending of a file of the
//! clone. No wait would make them appear.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};
use smoke_core::cause::{Cause, Code};

/// That no server names such a path.
///
/// # Errors
/// One does.
pub fn check(clone: &Utf8Path, servers: &Map<String, Value>) -> Result<(), Cause> {
    let found: Vec<String> = servers
        .iter()
        .flat_map(|(name, entry)| {
            words(entry).filter_map(move |word| Some((name, word, own(clone, word)?)))
        })
        .map(|(name, word, own)| {
            format!("server {name}: {word} is not here, and the clone has {own}")
        })
        .collect();
    let Some(first) = found.first() else { return Ok(()) };
    let next =
        "write it as a path of the clone, such as ${workspaceFolder}/FILE in a client's list";
    Err(Cause::new(Code::ConfigInvalid, first.clone(), next)
        .evidence(found.iter().skip(1).cloned()))
}

fn words(entry: &Value) -> impl Iterator<Item = &str> {
    let arguments = entry["args"].as_array().into_iter().flatten();
    [&entry["command"]].into_iter().chain(arguments).filter_map(Value::as_str)
}

/// The file of the clone that a path of another machine ends with.
fn own(clone: &Utf8Path, path: &str) -> Option<Utf8PathBuf> {
    let foreign = path.starts_with('/') && !Utf8Path::new(path).exists();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let tails = (1..parts.len()).map(|from| Utf8PathBuf::from(parts[from..].join("/")));
    tails.into_iter().filter(|_| foreign).find(|tail| clone.join(tail).is_file())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_of_the_authors_machine_is_named_with_the_file_that_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let clone = Utf8Path::from_path(folder.path()).unwrap();
        std::fs::create_dir(clone.join("scripts")).unwrap();
        std::fs::write(clone.join("scripts/serve.sh"), "").unwrap();
        let list = |path: &str| {
            let servers = json!({"a": {"command": "sh", "args": [path]}});
            check(clone, servers.as_object().unwrap())
        };
        let cause = list("/home/nobody/proj/scripts/serve.sh").unwrap_err();
        assert_eq!(cause.code, Code::ConfigInvalid);
        assert!(cause.summary.contains("the clone has scripts/serve.sh"), "{}", cause.summary);
        assert!(
            list("/bin/sh").is_ok()
                && list("/home/nobody/other.sh").is_ok()
                && list("scripts/serve.sh").is_ok()
        );
    }
}
