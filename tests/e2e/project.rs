//! The main job, on this very repository.
