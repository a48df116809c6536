//! The bill of materials, in the form of CycloneDX 1.6.

use serde_json::{Value, json};

use crate::linked::{Linked, Package};
use crate::project::{LICENCE, Project, SUMMARY};

/// Its text.
pub fn text(linked: &Linked, project: &Project) -> String {
    let packages = linked.packages.iter();
    let mut dependencies: Vec<Value> = packages
        .clone()
        .map(|package| json!({"ref": reference(package), "dependsOn": references(linked, &package.uses)}))
        .collect();
    dependencies.insert(0, json!({"ref": OWN, "dependsOn": references(linked, &linked.direct)}));
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own(project)},
        "components": packages.map(component).chain([standard(linked)]).collect::<Vec<_>>(),
        "dependencies": dependencies,
    });
    format!("{bill:#}\n")
}

const OWN: &str = "clone-smoke";

fn own(project: &Project) -> Value {
    json!({
        "type": "application",
        "bom-ref": OWN,
        "name": OWN,
        "version": project.version,
        "description": SUMMARY,
        "licenses": [{"expression": LICENCE}],
        "properties": [{"name": "commit", "value": project.commit}],
    })
}

fn component(package: &Package) -> Value {
    let hashes = package.checksum.iter().map(|sum| json!({"alg": "SHA-256", "content": sum}));
    json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": package.name,
        "version": package.version,
        "purl": reference(package),
        "hashes": hashes.collect::<Vec<_>>(),
        "licenses": [{"expression": package.licence}],
    })
}

fn standard(linked: &Linked) -> Value {
    let Linked { compiler, .. } = linked;
    json!({
        "type": "library",
        "bom-ref": format!("rust-std@{compiler}"),
        "name": "rust-std",
        "version": compiler,
        "licenses": [{"expression": "MIT OR Apache-2.0"}],
    })
}

fn reference(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn references(linked: &Linked, places: &[usize]) -> Vec<String> {
    places.iter().map(|place| reference(&linked.packages[*place])).collect()
}
