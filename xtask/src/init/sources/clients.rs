//! The lists of clients in the repository, as far as they start what is in it.

use camino::Utf8Path;
use smoke_mcp::listing;

use super::of_entry;
use crate::init::hint::Hint;
use crate::init::repository::Repository;

/// A hint for each server that is listed.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let files = listing::FILES.iter().map(|file| folder.join(file));
    files
        .filter(|path| repository.has(path))
        .flat_map(|path| {
            let listed =
                repository.read(&path).and_then(|text| listing::servers(&path, &text).ok());
            let listed = listed.unwrap_or_default();
            listed
                .into_iter()
                .map(move |(_, entry)| of_entry(path.as_str(), &entry))
                .collect::<Vec<_>>()
        })
        .collect()
}
