"""The labelling config: a study's form in Label Studio."""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from curator.base.models.ratings import LABELS
from curator.formats.labelstudio.names import IMAGE
from curator.formats.meanings import LABEL
from curator.ratings.attributes import attributes
from curator.ratings.keys import LABEL_KEYS

FACE_REGION = "face region"
PHOTO, POLYGON, NOTE = "photo", "polygon", "note"  # names of the labelling config's tags


def labelling_config() -> str:
    """Return Label Studio's form for the study: the face region, the label and the attributes.

    Choices show names and store codes. None is chosen beforehand.
    """
    region = [
        f'<Image name="{PHOTO}" value="${IMAGE}" zoom="true" zoomControl="true" rotateControl="true"/>',
        *(_region_tags(kind) for kind in ("Polygon", "Rectangle", "Ellipse")),
    ]
    label = dict(zip(LABELS, LABELS, strict=True))
    form = list(_choices(LABEL, "Label", "", label, LABEL_KEYS, True))
    for one in attributes():
        keys = {value.code: value.key for value in one.values}
        form += _choices(
            one.code, one.name, one.hint, one.names, keys, one.is_required, one.is_multiple
        )
    form += [
        '<Header value="Note" size="5"/>',
        f'<TextArea name="{NOTE}" toName="{PHOTO}" maxSubmissions="1" editable="true"/>',
    ]
    sides = [*_side("flex: 60%", region), *_side("flex: 40%", form)]
    return "\n".join(['<View style="display: flex; gap: 1em">', *sides, "</View>\n"])


def _side(style: str, tags: Sequence[str]) -> list[str]:
    return [f'  <View style="{style}">', *(f"    {tag}" for tag in tags), "  </View>"]


def _region_tags(kind: str) -> str:
    turned = "" if kind == "Polygon" else ' canRotate="true"'
    return (
        f'<{kind}Labels name="{kind.lower()}" toName="{PHOTO}"{turned}>'
        f'<Label value="{FACE_REGION}: {kind.lower()}" alias="{FACE_REGION}"/></{kind}Labels>'
    )


def _choices(
    code: str,
    name: str,
    hint: str,
    names: Mapping[str, str],
    keys: Mapping[str, str],
    is_required: bool,
    is_multiple: bool = False,
) -> Iterator[str]:
    title = f"{name}: {hint}" if hint else name
    yield f'<Header value={quoteattr(title)} size="5"/>'
    choice = "multiple" if is_multiple else "single-radio"
    required = ' required="true"' if is_required else ""
    yield f'<Choices name={quoteattr(code)} toName="{PHOTO}" choice="{choice}"{required} showInline="true">'
    for value, shown in names.items():
        key = f" hotkey={quoteattr(keys[value])}" if keys.get(value) else ""
        yield f"  <Choice value={quoteattr(shown)} alias={quoteattr(value)}{key}/>"
    yield "</Choices>"
