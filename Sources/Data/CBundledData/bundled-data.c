// `#embed` (C23) and not a resource bundle: a program that was moved still finds its data.
// `Tools/bundle-data` makes the four .gz files of images and labels, `Tools/bundle-text` that of the text.

#include "CBundledData.h"

// clang remarks on every `#embed` outside of C23, and SwiftPM sets the language standard for a whole package.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char trainingImages[] = {
#embed "train-images-idx3-ubyte.gz"
};
static const unsigned char trainingLabels[] = {
#embed "train-labels-idx1-ubyte.gz"
};
static const unsigned char testImages[] = {
#embed "t10k-images-idx3-ubyte.gz"
};
static const unsigned char testLabels[] = {
#embed "t10k-labels-idx1-ubyte.gz"
};
static const unsigned char photograph[] = {
#embed "chelsea.png"
};
static const unsigned char text[] = {
#embed "opticks.txt.gz"
};
static const unsigned char license[] = {
#embed "LICENSE"
};

BundledFile bundledTrainingImages(void) { return (BundledFile){trainingImages, sizeof trainingImages}; }
BundledFile bundledTrainingLabels(void) { return (BundledFile){trainingLabels, sizeof trainingLabels}; }
BundledFile bundledTestImages(void) { return (BundledFile){testImages, sizeof testImages}; }
BundledFile bundledTestLabels(void) { return (BundledFile){testLabels, sizeof testLabels}; }
BundledFile bundledPhotograph(void) { return (BundledFile){photograph, sizeof photograph}; }
BundledFile bundledText(void) { return (BundledFile){text, sizeof text}; }
BundledFile bundledLicense(void) { return (BundledFile){license, sizeof license}; }
