//! A running stack that takes the change: render again, restart what does not reload by itself,
//! and wait until the gateway lists the new tools.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;
use camino::Utf8PathBuf;
use serde_json::Value;
use smoke_bundle::Summary;

use super::settings::Settings;
use super::{FAILED, PASSED, TIMED_OUT, pm2};
use crate::mcp::{Client, Options};

/// How long the gateway may take to show the change.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two looks at the tool list.
const PAUSE: Duration = Duration::from_millis(250);

/// How long the list has to stay the same when nothing says which tools to wait for.
const SETTLED: Duration = Duration::from_secs(3);

/// A stack whose gateway config was rendered before.
pub struct Live {
    config: Utf8PathBuf,
    template: Utf8PathBuf,
    tools: Option<Vec<Value>>,
}

impl Live {
    /// The stack that reads this config home, if one was ever rendered.
    pub fn find(settings: &Settings) -> Option<Self> {
        let config = settings.proxy_config();
        let template = settings.template.clone().filter(|_| config.is_file())?;
        let tools = address(&config).and_then(|url| list(&url, Duration::from_secs(2)).ok());
        Some(Self { config, template, tools })
    }

    /// Gives the change to the stack, waits for it, and returns the exit code.
    pub fn take_over(
        self,
        settings: &Settings,
        summary: &mut Summary,
        stderr: &mut dyn Write,
    ) -> Result<u8> {
        let lookup = |key: &str| settings.value(key);
        let rendered = smoke_bundle::render(&self.template, &settings.home, &self.config, &lookup)?;
        if !rendered.changed && !rendered.overrides_changed {
            return Ok(PASSED);
        }
        writeln!(stderr, "[bundle] rendered {}", self.config)?;
        let restarted = pm2::restart(settings, &self.config, summary)?;
        match (&self.tools, address(&self.config)) {
            (None, _) if restarted.is_empty() => {
                writeln!(stderr, "[bundle] no gateway is running, so nothing waits for it")?;
                Ok(PASSED)
            }
            (_, None) => {
                writeln!(stderr, "[bundle] {} has no mcpProxy.addr to look at", self.config)?;
                Ok(FAILED)
            }
            (before, Some(url)) => {
                wait(&url, before.as_deref().unwrap_or_default(), summary, stderr)
            }
        }
    }
}

/// Waits until the list has tools of every installed server and none of a removed one, or, when
/// the gateway does not say whose tools they are, until it has changed and settled.
fn wait(url: &str, before: &[Value], summary: &Summary, stderr: &mut dyn Write) -> Result<u8> {
    let start = Instant::now();
    let mut last = names(before);
    let mut since = Instant::now();
    let mut reason = String::new();
    while start.elapsed() < PATIENCE {
        match list(url, Duration::from_secs(5)) {
            Ok(tools) => {
                let now = names(&tools);
                if now != last {
                    (last, since) = (now, Instant::now());
                } else if shows(&tools, summary).unwrap_or(since.elapsed() >= SETTLED) {
                    return report(before, &last, stderr);
                }
                reason = "its tool list does not show the change yet".to_owned();
            }
            Err(error) => reason = error,
        }
        std::thread::sleep(PAUSE);
    }
    writeln!(stderr, "[bundle] {url} did not take the change within {PATIENCE:?}: {reason}")?;
    Ok(TIMED_OUT)
}

fn report(before: &[Value], now: &BTreeSet<String>, stderr: &mut dyn Write) -> Result<u8> {
    let old = names(before);
    let list = |set: BTreeSet<&String>| set.into_iter().cloned().collect::<Vec<_>>().join(", ");
    writeln!(stderr, "[bundle] the gateway lists {} tools", now.len())?;
    let (new, gone) = (now.difference(&old).collect(), old.difference(now).collect());
    for (label, names) in [("New tools", list(new)), ("Tools that are gone", list(gone))] {
        if !names.is_empty() {
            writeln!(stderr, "{label}: {}", super::output::visible(&names))?;
        }
    }
    Ok(PASSED)
}

/// Whether the list shows what was installed and removed; nothing when the gateway does not say
/// whose tools it lists.
fn shows(tools: &[Value], summary: &Summary) -> Option<bool> {
    let servers: BTreeSet<&str> = tools
        .iter()
        .filter_map(|tool| tool.get("x-stelae")?.get("servers")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let there = |name: &String| servers.contains(name.as_str());
    let all = summary.installed.iter().all(there) && !summary.removed.iter().any(there);
    (!servers.is_empty()).then_some(all)
}

fn names(tools: &[Value]) -> BTreeSet<String> {
    tools.iter().filter_map(|tool| Some(tool.get("name")?.as_str()?.to_owned())).collect()
}

fn list(url: &str, timeout: Duration) -> Result<Vec<Value>, String> {
    let options =
        Options { timeout, headers: Vec::new(), client_name: "bundle-install".to_owned() };
    let mut client = Client::connect(url, &options).map_err(|refusal| refusal.to_string())?;
    let tools = client.list_tools().map_err(|refusal| refusal.to_string());
    client.close();
    tools
}

/// The gateway's address, from its config: `:PORT` or `HOST:PORT`, always asked on loopback.
fn address(config: &Utf8PathBuf) -> Option<String> {
    let config: Value = serde_json::from_slice(&std::fs::read(config).ok()?).ok()?;
    let (_, port) = config.get("mcpProxy")?.get("addr")?.as_str()?.rsplit_once(':')?;
    Some(format!("http://127.0.0.1:{}/mcp", port.parse::<u16>().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn knows_when_the_list_shows_the_change() {
        let tool = |server: &str| json!({"name": "t", "x-stelae": {"servers": [server]}});
        let summary = Summary {
            installed: vec!["a".into()],
            removed: vec!["b".into()],
            ..Summary::default()
        };
        assert_eq!(shows(&[tool("a")], &summary), Some(true));
        assert_eq!(shows(&[tool("a"), tool("b")], &summary), Some(false));
        assert_eq!(shows(&[tool("c")], &summary), Some(false));
        assert_eq!(shows(&[json!({"name": "t"})], &summary), None);
    }

    #[test]
    fn finds_the_address_in_the_config() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = Utf8PathBuf::from_path_buf(file.path().to_owned()).unwrap();
        for (config, expected) in [
            (json!({"mcpProxy": {"addr": ":8123"}}), Some("http://127.0.0.1:8123/mcp".to_owned())),
            (json!({"mcpProxy": {"addr": "x"}}), None),
            (json!({}), None),
        ] {
            std::fs::write(&path, config.to_string()).unwrap();
            assert_eq!(address(&path), expected);
        }
    }
}
