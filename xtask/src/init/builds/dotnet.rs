//! A project of .NET: published by dotnet, and run by it.

use camino::Utf8Path;

use super::{Read, inputs, names, speaks};
use crate::init::package::{Package, Program, Sureness};
use crate::init::repository::Repository;
use crate::init::script::{quoted, setup, shell};

/// Reads the project at `path`.
pub fn read(repository: &Repository, path: &Utf8Path, text: &str) -> Read {
    let named =
        text.split("PackageReference Include=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let Some(sdk) = named.into_iter().find(|name| speaks(name)) else { return Read::Other };
    let because = format!("depends on {sdk}");
    let program = text.contains("<OutputType>Exe") || text.contains("Sdk.Web");
    if !program {
        return Read::Refused(format!("{path} {because} and makes no program"));
    }
    let stem = path.file_stem().unwrap_or_default();
    let assembly = text.split("<AssemblyName>").nth(1).and_then(|rest| rest.split('<').next());
    let name = assembly.unwrap_or(stem);
    let script = format!("dotnet publish {} -c Release -o published", quoted(path.as_str()));
    let file = format!("{{{{SMOKE_SETUP_DOTNET}}}}/published/{name}.dll");
    Read::package(Package {
        manifest: path.to_owned(),
        because,
        sureness: Sureness::Sdk,
        names: names(repository, path, &[stem, name]),
        programs: vec![Program {
            name: name.to_owned(),
            file: None,
            command: vec!["dotnet".to_owned(), file],
        }],
        install: setup("dotnet", &shell(&script), &inputs::of(repository, text), ""),
        requires: vec!["dotnet".to_owned()],
        ..Package::default()
    })
}
