//! The packages of npm: one for everybody, which starts the program of the one for this machine.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use crate::archive::Archive;
use crate::content::Content;
use crate::platform::Platform;
use crate::project::{LICENCE, Project, SUMMARY};

const README: &str = include_str!("../readme/npm.md");
const README_OF_PLATFORM: &str = include_str!("../readme/npm-platform.md");
const LAUNCHER: &str = include_str!("../npm/clone-smoke.js");

/// Those that are released, each from a machine of its kind.
const RELEASED: [&str; 4] = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

/// Writes both, and returns their paths.
///
/// # Errors
/// One cannot be written.
pub fn write(content: &Content, project: &Project, out: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let platform = project.platform;
    let version = project.version;
    let path = out.join(format!("clone-smoke-{version}.tgz"));
    let mut main = Archive::create(&path, "package", project)?;
    main.add("package.json", &json_text(&for_everybody(version)), 0o644)?;
    main.add("README.md", README.as_bytes(), 0o644)?;
    main.add("clone-smoke.js", LAUNCHER.as_bytes(), 0o755)?;
    for (name, text) in content.licences.iter().filter(|(name, _)| name.starts_with("LICENSE")) {
        main.add(name, text.as_bytes(), 0o644)?;
    }
    main.finish()?;
    let of_platform = out.join(format!("clone-smoke-{}-{version}.tgz", platform.of_npm()));
    let mut archive = Archive::create(&of_platform, "package", project)?;
    archive.add("package.json", &json_text(&for_one(version, platform)), 0o644)?;
    archive.add("README.md", README_OF_PLATFORM.as_bytes(), 0o644)?;
    for program in &content.programs {
        archive.add(program.name, &program.bytes, 0o755)?;
    }
    archive.add_papers(content)?;
    archive.finish()?;
    Ok(vec![path, of_platform])
}

fn for_everybody(version: &str) -> Value {
    let packages = RELEASED.iter().map(|name| (format!("@clone-smoke/{name}"), json!(version)));
    let packages: serde_json::Map<String, Value> = packages.collect();
    json!({
        "name": "clone-smoke",
        "version": version,
        "description": SUMMARY,
        "keywords": ["mcp", "model-context-protocol", "smoke-test", "agent"],
        "license": LICENCE,
        "author": "The Clone Smoke contributors",
        "bin": {"clone-smoke": "clone-smoke.js"},
        "engines": {"node": ">=18"},
        "optionalDependencies": packages,
    })
}

fn for_one(version: &str, platform: Platform) -> Value {
    let mut package = json!({
        "name": format!("@clone-smoke/{}", platform.of_npm()),
        "version": version,
        "description": format!("The programs of clone-smoke for {}", platform.of_npm()),
        "license": LICENCE,
        "author": "The Clone Smoke contributors",
        "os": [platform.node_os],
        "cpu": [platform.node_cpu],
        "preferUnplugged": true,
    });
    if platform.node_os == "linux" {
        package["libc"] = json!(["glibc"]);
    }
    package
}

fn json_text(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
