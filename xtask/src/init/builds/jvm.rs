//! A pom.xml or a build.gradle: packed by Maven or Gradle, and run by java.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Read, names, speaks};
use crate::init::package::{Package, Program, Runner, Sureness};
use crate::init::repository::Repository;
use crate::init::script::{quoted, setup, shell};

/// How a project is packed, and what comes of it.
struct Packed {
    tool: String,
    script: String,
    command: Vec<String>,
    name: String,
}

/// Reads the project at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let named = |line: &&str| {
        let names = ["artifactId", "implementation", "api(", "id(", "compile"];
        names.iter().any(|name| line.contains(name)) && speaks(line)
    };
    let depends = if text.contains("<project") { dependencies(text) } else { text.to_owned() };
    let Some(line) = depends.lines().find(named) else { return Read::Other };
    let because = format!("names {}", dependency(line));
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let maven = path.file_name() == Some("pom.xml");
    if maven && text.contains("<packaging>pom</packaging>") {
        return Read::Other;
    }
    let packed = if maven {
        maven_of(repository, folder, text)
    } else {
        gradle_of(repository, folder, text)
    };
    let Some(packed) = packed else {
        return Read::Refused(format!("{path} {because} and makes no program that is known"));
    };
    let programs = vec![Program { name: packed.name.clone(), file: None, command: packed.command }];
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness: Sureness::Related,
        names: names(repository, path, &[&packed.name]),
        programs,
        runner: Runner { file: vec!["java".to_owned(), "-jar".to_owned()], ..Runner::default() },
        install: setup("java", &shell(&packed.script), &[], folder.as_str()),
        in_clone: true,
        requires: vec!["java".to_owned(), packed.tool],
        ..Package::default()
    })
}

/// What a pom.xml depends on, without what it is and what it belongs to.
fn dependencies(text: &str) -> String {
    let blocks =
        text.split("<dependency>").skip(1).filter_map(|rest| rest.split("</dependency>").next());
    blocks.filter(|block| !block.contains("<scope>test")).collect()
}

/// The dependency in a line of either form.
fn dependency(line: &str) -> &str {
    let quoted = line.split(['"', '\'', '<', '>']).map(str::trim);
    quoted.clone().find(|word| speaks(word) && !word.contains(' ')).unwrap_or_else(|| line.trim())
}

/// The text of the first element of this name that belongs to the project itself.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let own = text.split_once("</parent>").map_or(text, |(_, rest)| rest);
    let (_, rest) = own.split_once(&format!("<{name}>"))?;
    rest.split_once("</").map(|(value, _)| value.trim())
}

fn maven_of(repository: &Repository, folder: &Utf8Path, text: &str) -> Option<Packed> {
    let artifact = element(text, "artifactId")?;
    let version = element(text, "version").unwrap_or("0.0.1-SNAPSHOT");
    let wrapper = repository.has(&folder.join("mvnw"));
    let tool = if wrapper { "sh ./mvnw".to_owned() } else { "mvn".to_owned() };
    let jar = match element(text, "finalName").filter(|name| !name.contains("${")) {
        _ if text.contains("quarkus") && text.contains("uber-jar") => {
            format!("{artifact}-{version}-runner.jar")
        }
        _ if text.contains("<artifactId>quarkus") => "quarkus-app/quarkus-run.jar".to_owned(),
        Some(name) => format!("{name}.jar"),
        None => format!("{artifact}-{version}.jar"),
    };
    Some(Packed {
        script: format!("{tool} -B -DskipTests package"),
        tool: if wrapper { "sh".to_owned() } else { "mvn".to_owned() },
        command: jar_of(&folder.join("target").join(jar)),
        name: artifact.to_owned(),
    })
}

fn gradle_of(repository: &Repository, folder: &Utf8Path, text: &str) -> Option<Packed> {
    let base = folder.ancestors().find(|base| repository.has(&base.join("gradlew")));
    let up = base
        .and_then(|base| folder.strip_prefix(base).ok())
        .map_or(0, |below| below.components().count());
    let tool = base.map_or("gradle".to_owned(), |_| {
        format!("sh {}gradlew", "../".repeat(up) + if up == 0 { "./" } else { "" })
    });
    let settings = ["settings.gradle", "settings.gradle.kts"];
    let settings =
        settings.iter().find_map(|name| repository.read(&folder.join(name))).unwrap_or_default();
    let root =
        settings.split("rootProject.name").nth(1).and_then(|rest| rest.split(['"', '\'']).nth(1));
    let place = if folder == "" { repository.root.file_name() } else { folder.file_name() };
    let name = root.or(place)?.to_owned();
    let version = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("version")?.split(['"', '\'']).nth(1));
    let jar = |kind: &str| {
        let version = version.map(|version| format!("-{version}")).unwrap_or_default();
        jar_of(&folder.join("build/libs").join(format!("{name}{version}{kind}.jar")))
    };
    let (task, command) = if text.contains("org.springframework.boot") {
        ("bootJar", jar(""))
    } else if text.contains("shadow") {
        ("shadowJar", jar("-all"))
    } else if text.contains("application") {
        let program = folder.join("build/install").join(&name).join("bin").join(&name);
        ("installDist", vec![quoted(program.as_str())])
    } else {
        return None;
    };
    Some(Packed {
        script: format!("{tool} --no-daemon {task}"),
        tool: base.map_or("gradle".to_owned(), |_| "sh".to_owned()),
        command,
        name,
    })
}

fn jar_of(file: &Utf8PathBuf) -> Vec<String> {
    vec!["java".to_owned(), "-jar".to_owned(), file.to_string()]
}
