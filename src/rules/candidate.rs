//! A pod as rules compare it.

use crate::matching::image::{Image, UnnamedImage};
use crate::workload::container::Container;
use crate::workload::pod::Pod;

/// A pod with the values that rules compare, computed once for all rules.
///
/// `'p` is the lifetime of the pod, and `'a` that of the object from which the pod was read.
pub struct Candidate<'p, 'a> {
    pub pod: &'p Pod<'a>,
    pub containers: Vec<CandidateContainer<'p, 'a>>,
}

/// A container of a candidate.
pub struct CandidateContainer<'p, 'a> {
    pub container: &'p Container<'a>,
    pub image: CandidateImage<'a>,
    /// The account that the container runs as. `None` if nothing names one.
    pub account: Option<&'a str>,
}

/// The image of a container.
pub enum CandidateImage<'a> {
    /// The container has no image, because an operator adds it.
    Unknown,
    /// Rules cannot name the image, because it is malformed or its registry is not certain. Only the
    /// pattern `*` matches it.
    Unnamed {
        image: &'a str,
        reason: UnnamedImage,
    },
    /// The image in full.
    Reference(Image<'a>),
}

impl<'p, 'a> Candidate<'p, 'a> {
    pub fn new(pod: &'p Pod<'a>) -> Self {
        let containers = pod
            .containers
            .iter()
            .map(|container| CandidateContainer {
                container,
                image: CandidateImage::parse(container.image),
                account: pod.run_as_user_name(container),
            })
            .collect();
        Candidate { pod, containers }
    }
}

impl<'a> CandidateImage<'a> {
    fn parse(image: Option<&'a str>) -> Self {
        match image {
            None => CandidateImage::Unknown,
            Some(image) => match Image::parse(image) {
                Ok(reference) => CandidateImage::Reference(reference),
                Err(reason) => CandidateImage::Unnamed { image, reason },
            },
        }
    }

    /// Returns the image if rules can name it.
    pub fn reference(&self) -> Option<&Image<'a>> {
        match self {
            CandidateImage::Reference(image) => Some(image),
            CandidateImage::Unknown | CandidateImage::Unnamed { .. } => None,
        }
    }
}
