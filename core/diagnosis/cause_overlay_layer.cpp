// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/diagnosis/rule.h"

#include <array>
#include <cerrno>

/// What lies below an overlay and shows in none of its own flags.
namespace scratchproof {

namespace {

constexpr CauseWords kCauses[] = {
    {"overlay-layer-readonly",
     {"read-only", "create-file", Shows::Fails, "EROFS"},
     QT_TRANSLATE_NOOP("causes", "The layer that takes the changes is read-only"),
     QT_TRANSLATE_NOOP("causes",
                       "This folder is put together of layers. What is stored in it goes to the topmost, which lies at "
                       "'{layer}', and that can only be read now, although all is listed as writable."),
     {"check-layer"}},
    {"overlay-layer-unusable",
     {"read-only", "create-file", Shows::Fails, "ENOENT EROFS ESTALE"},
     QT_TRANSLATE_NOOP("causes", "A layer below this folder is gone"),
     QT_TRANSLATE_NOOP("causes",
                       "This folder is put together of layers. The one that takes the changes ('{layer}'), or the work "
                       "folder beside it, was removed or cannot be used."),
     {"mount-layers-anew"},
     Severity::Blocking,
     Certainty::Likely},
};

constexpr FixWords kFixes[] = {
    {"check-layer",
     QT_TRANSLATE_NOOP("causes", "Look at the drive that the layer is on. This tells why it is read-only."),
     FixBy::User,
     {"scratchproof-cli", "check", "--", "{layer}"}},
    {"mount-layers-anew",
     QT_TRANSLATE_NOOP("causes", "Unmount the folder, make both folders again, empty and on a drive that can be "
                                 "written to, and mount it again. In a container: restart the container."),
     FixBy::Admin},
};

std::optional<Finding> layerBelow(const Input& in)
{
    const auto& layer = in.facts.state.overlayLayer;
    if (!layer || in.failedAt({Step::OpenFolder}) || in.probe.notes.folderGone || in.mount()->hasOption("ro"))
        return std::nullopt;
    const Arguments where = {{"layer", Argument::path(layer->upper)}};
    // Both are made for the overlay, and it keeps them open; their names may lead elsewhere by now.
    const bool isGone =
        layer->upperIsThere == std::optional<bool>(false) || layer->workIsThere == std::optional<bool>(false);
    if (in.failedWith({ENOENT, ESTALE}) && isGone)
        return withEvidence(makeFinding(in, "overlay-layer-unusable", where),
                            "not there: " +
                                displayPath(layer->upperIsThere.value_or(true) ? layer->work : layer->upper));
    if (!in.failedWith({EROFS}))
        return std::nullopt;
    // It turns itself read-only where its work folder cannot be made, and cannot be turned back.
    if (in.mount()->hasSuperOption("ro"))
        return makeFinding(in, "overlay-layer-unusable", where);
    Finding finding = makeFinding(in, "overlay-layer-readonly", where);
    if (layer->readOnlyMount)
        return withEvidence(std::move(finding), "read-only: " + displayPath(*layer->readOnlyMount));
    // Its own flags say nothing of it, so it is the layer; that may be out of sight from here.
    finding.certainty = Certainty::Likely;
    return layer->upperIsThere.value_or(false) ? std::move(finding) : withFixes(std::move(finding), {});
}

/// Where permissions refuse first, nothing can be changed about them either.
std::optional<Finding> layerBelowAsWell(const Input& in)
{
    const auto& layer = in.facts.state.overlayLayer;
    const StepResult* first = in.probe.firstProblem();
    if (in.problem != nullptr || !layer || !layer->readOnlyMount || first == nullptr || first->errorCode != EACCES)
        return std::nullopt;
    return withEvidence(makeFinding(in, "overlay-layer-readonly", {{"layer", Argument::path(layer->upper)}}),
                        "read-only: " + displayPath(*layer->readOnlyMount));
}

constexpr Rule kRules[] = {layerBelow, layerBelowAsWell};

} // namespace

extern const RuleFamily causeOverlayLayer{kRules, kCauses, kFixes};

} // namespace scratchproof
