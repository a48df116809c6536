//! The programs of a package.json, and the folders that its build fills.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::Place;
use crate::init::builds::speaks;
use crate::init::package::Program;
use crate::init::repository::Repository;
use crate::init::words::{self, Asked, Line};

/// The folders that builds usually fill.
const USUAL: [&str; 6] = ["dist", "build", "lib", "out", ".build", "bin"];

/// The folders that the script `build` fills and no clone has; none where nothing needs to be built.
pub fn built(repository: &Repository, folder: &Utf8Path, package: &Value) -> Vec<Utf8PathBuf> {
    if !package["scripts"]["build"].is_string() {
        return Vec::new();
    }
    let config = repository.read(&folder.join("tsconfig.json")).unwrap_or_default();
    let text = package.to_string() + &config;
    let named = |name: &&&str| {
        let quoted = ["\"", "\"./", " ", "/"].iter().any(|start| {
            ["\"", "/", "\\\""].iter().any(|end| text.contains(&format!("{start}{name}{end}")))
        });
        let path = folder.join(name);
        quoted && !repository.has_folder(&path)
    };
    let mut folders: Vec<Utf8PathBuf> = USUAL.iter().filter(named).map(|name| folder.join(name)).collect();
    let lacking = files(package).into_iter().map(|(_, file)| file);
    let lacking = lacking.filter(|file| !repository.has(&folder.join(file)));
    for file in lacking {
        let Some(first) = file.components().next().filter(|_| file.components().count() > 1) else { continue };
        let path = folder.join(first.as_str());
        if !folders.contains(&path) {
            folders.push(path);
        }
    }
    folders
}

/// The programs and the main file that the package names.
fn files(package: &Value) -> Vec<(String, Utf8PathBuf)> {
    let name = package["name"].as_str().unwrap_or_default();
    let short = name.rsplit('/').next().unwrap_or_default();
    let mut files: Vec<(String, Utf8PathBuf)> = match &package["bin"] {
        Value::String(file) => vec![(short.to_owned(), clean(file))],
        Value::Object(files) => files
            .iter()
            .filter_map(|(name, file)| Some((name.clone(), clean(file.as_str()?))))
            .collect(),
        _ => Vec::new(),
    };
    // The one that is called as the package, else the one that speaks of servers.
    files.sort_by_key(|(name, _)| if name == short { 0 } else if speaks(name) || name.contains("server") { 1 } else { 2 });
    files
}

/// What can be run, the likeliest first.
pub(super) fn programs(
    repository: &Repository,
    folder: &Utf8Path,
    package: &Value,
    place: &Place,
) -> Vec<Program> {
    let is_script = |file: &Utf8Path| {
        file.extension().is_none_or(|kind| ["js", "mjs", "cjs", "ts", "mts"].contains(&kind))
    };
    let is_there = |file: &Utf8Path| place.has(repository, &folder.join(file));
    let bins = files(package).into_iter().filter(|(_, file)| is_there(file) && is_script(file));
    let mut programs: Vec<Program> =
        bins.map(|(name, file)| place.program(&name, folder.join(file))).collect();
    if programs.is_empty() {
        programs.extend(started(repository, folder, package, place));
    }
    let main = package["main"].as_str().or(package["module"].as_str()).map(clean);
    if let Some(main) = main.filter(|main| programs.is_empty() && is_there(main)) {
        programs.push(place.program(main.as_str(), folder.join(&main)));
    }
    programs
}

/// What the script `start` runs: a file, a worker of Cloudflare, or whatever it says.
fn started(repository: &Repository, folder: &Utf8Path, package: &Value, place: &Place) -> Option<Program> {
    let scripts = &package["scripts"];
    let mut named = ["start", "dev"].into_iter().filter_map(|name| Some((name, scripts[name].as_str()?)));
    let (name, script) = named.find(|(name, text)| *name == "start" || text.starts_with("wrangler dev"))?;
    let at = format!("{}{folder}", place.files);
    let at = if at.is_empty() { ".".to_owned() } else { at.trim_end_matches('/').to_owned() };
    if script.starts_with("wrangler dev") {
        let wrangler = format!("{at}/node_modules/.bin/wrangler");
        let command = [wrangler.as_str(), "dev", "--cwd", &at, "--port", "{{PROXY_PORT}}"];
        let command = command.map(str::to_owned).to_vec();
        return Some(Program { name: "worker".to_owned(), file: None, command });
    }
    let line = words::of_text(script).filter(|_| !script.contains(['&', '|', ';', '$']));
    if let Some(Line { asked: Asked::File(file), arguments, .. }) = &line {
        let path = folder.join(clean(file));
        if script.starts_with("node ") && place.has(repository, &path) {
            let mut program = place.program(name, path);
            program.command.extend(arguments.iter().cloned());
            return Some(program);
        }
    }
    let command = ["npm", "--silent", "--prefix", &at, "run", name].map(str::to_owned).to_vec();
    Some(Program { name: name.to_owned(), file: None, command })
}

fn clean(file: &str) -> Utf8PathBuf {
    file.trim_start_matches("./").into()
}
