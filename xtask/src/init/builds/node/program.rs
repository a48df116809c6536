//! The programs of a package.json, and the folders that its build fills.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::Place;
use crate::init::builds::speaks;
use crate::init::command_line::{self, Asked, Line};
use crate::init::package::Program;
use crate::init::repository::Repository;

/// The folders that builds usually fill.
const USUAL: [&str; 6] = ["dist", "build", "lib", "out", ".build", "bin"];

/// The folders that the script `build` fills and no clone has; none where nothing needs to be built.
pub fn built(repository: &Repository, folder: &Utf8Path, package: &Value) -> Vec<Utf8PathBuf> {
    if !package["scripts"]["build"].is_string() {
        return Vec::new();
    }
    let text = outputs(repository, folder, package);
    let named = |name: &&&str| {
        let starts = ["\"", "\"./", " ", "/"].iter();
        let mut marked =
            starts.flat_map(|start| ["\"", "/"].map(|end| format!("{start}{name}{end}")));
        marked.any(|word| text.contains(&word)) && !repository.has_folder(&folder.join(name))
    };
    let mut folders: Vec<Utf8PathBuf> =
        USUAL.iter().filter(named).map(|name| folder.join(name)).collect();
    for (_, file) in files(package) {
        if repository.has(&folder.join(&file)) {
            continue;
        }
        let first = file.components().next().map(|first| folder.join(first.as_str()));
        folders.extend(first.filter(|first| !folders.contains(first)));
    }
    folders
}

/// What the package says of what it is made of, and where its compiler writes.
fn outputs(repository: &Repository, folder: &Utf8Path, package: &Value) -> String {
    let keys = ["main", "module", "types", "typings", "bin", "exports", "files"];
    let said = keys.iter().map(|key| package[*key].to_string());
    let scripts = ["start", "serve"].iter().map(|name| package["scripts"][*name].to_string());
    let config = repository.read(&folder.join("tsconfig.json")).unwrap_or_default();
    let out = config.split("\"outDir\"").nth(1).and_then(|rest| rest.split('"').nth(1));
    let out = out.map(|out| format!("\"{}/", out.trim_end_matches('/'))).into_iter();
    said.chain(scripts).chain(out).collect::<Vec<_>>().join(" ")
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
    files.sort_by_key(|(name, _)| {
        if name == short {
            0
        } else if speaks(name) || name.contains("server") {
            1
        } else {
            2
        }
    });
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
fn started(
    repository: &Repository,
    folder: &Utf8Path,
    package: &Value,
    place: &Place,
) -> Option<Program> {
    let scripts = &package["scripts"];
    let mut named =
        ["start", "dev"].into_iter().filter_map(|name| Some((name, scripts[name].as_str()?)));
    let (name, script) =
        named.find(|(name, text)| *name == "start" || text.starts_with("wrangler dev"))?;
    let at = format!("{}{folder}", place.files);
    let at = if at.is_empty() { ".".to_owned() } else { at.trim_end_matches('/').to_owned() };
    if script.starts_with("wrangler dev") {
        let wrangler = format!("{at}/node_modules/.bin/wrangler");
        let command = [wrangler.as_str(), "dev", "--cwd", &at, "--port", "{{PROXY_PORT}}"];
        let command = command.map(str::to_owned).to_vec();
        return Some(Program { name: "worker".to_owned(), file: None, command });
    }
    let line = command_line::of_text(script).filter(|_| !script.contains(['&', '|', ';', '$']));
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
