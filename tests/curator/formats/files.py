"""Files in the shape in which other tools write them: one photo, 100x80, with a face of three or four corners."""

from typing import Any

COCO: dict[str, Any] = {
    "licenses": [{"name": "", "id": 0, "url": ""}],
    "info": {"contributor": "", "date_created": "", "description": "", "url": "", "year": ""},
    "categories": [
        {"id": 1, "name": "face", "supercategory": ""},
        {"id": 2, "name": "Malar rash", "supercategory": "skin"},
        {"id": 3, "name": "negative", "supercategory": ""},
    ],
    "images": [
        {
            "id": 1,
            "width": 100,
            "height": 80,
            "file_name": "ward/a.jpg",
            "license": 0,
            "flickr_url": "",
            "coco_url": "",
            "date_captured": 0,
        }
    ],
    "annotations": [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 1,
            "segmentation": [[30.0, 32.0, 70.0, 32.0, 60.0, 56.0]],
            "area": 480.0,
            "bbox": [30.0, 32.0, 40.0, 24.0],
            "iscrowd": 0,
            "attributes": {"label": "positive", "sex": "female", "occluded": False},
        }
    ],
}

CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>7</id>
      <name>Faces</name>
      <size>1</size>
      <mode>annotation</mode>
      <overlap>0</overlap>
      <bugtracker></bugtracker>
      <created>2026-01-01 10:00:00.000000+00:00</created>
      <subset>default</subset>
      <start_frame>0</start_frame>
      <stop_frame>0</stop_frame>
      <frame_filter></frame_filter>
      <segments>
        <segment><id>1</id><start>0</start><stop>0</stop><url>http://cvat.example/api/jobs/1</url></segment>
      </segments>
      <owner><username>ben</username><email></email></owner>
      <assignee></assignee>
      <labels>
        <label>
          <name>face</name>
          <color>#33ddff</color>
          <type>any</type>
          <attributes>
            <attribute>
              <name>sex</name>
              <mutable>False</mutable>
              <input_type>select</input_type>
              <default_value>__undefined__</default_value>
              <values>__undefined__
female
male</values>
            </attribute>
          </attributes>
        </label>
        <label><name>positive</name><color>#ff0000</color><type>tag</type><attributes></attributes></label>
      </labels>
    </task>
    <dumped>2026-01-02 10:00:00.000000+00:00</dumped>
  </meta>
  <image id="0" name="ward/a.jpg" width="100" height="80">
    <polygon label="face" source="manual" occluded="0" points="30.00,32.00;70.00,32.00;60.00,56.00" z_order="0">
      <attribute name="sex">female</attribute>
    </polygon>
    <tag label="positive" source="manual">
    </tag>
  </image>
</annotations>
"""

VIA: dict[str, Any] = {
    "_via_settings": {"ui": {}, "core": {}, "project": {"name": "faces"}},
    "_via_img_metadata": {
        "a.jpg12345": {
            "filename": "a.jpg",
            "size": 12345,
            "regions": [
                {
                    "shape_attributes": {
                        "name": "polygon",
                        "all_points_x": [30, 70, 60],
                        "all_points_y": [32, 32, 56],
                    },
                    "region_attributes": {"label": "positive", "sex": "2", "signs": {}},
                }
            ],
            "file_attributes": {"note": "seen"},
        }
    },
    "_via_attributes": {
        "region": {
            "label": {
                "type": "dropdown",
                "description": "",
                "options": {"positive": "", "negative": ""},
                "default_options": {},
            },
            "sex": {
                "type": "radio",
                "description": "",
                "options": {"1": "male", "2": "female"},
                "default_options": {},
            },
            "signs": {"type": "checkbox", "description": "", "options": {"rosacea": "Rosacea"}},
        },
        "file": {"note": {"type": "text", "description": "", "default_value": ""}},
    },
    "_via_data_format_version": "2.0.10",
    "_via_image_id_list": ["a.jpg12345"],
}

VIA_CSV = (
    "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
    'a.jpg,12345,"{""note"":""seen""}",1,0,'
    '"{""name"":""polygon"",""all_points_x"":[30,70,60],""all_points_y"":[32,32,56]}",'
    '"{""label"":""positive"",""sex"":""female""}"\n'
    'b.jpg,99,"{}",0,0,"{}","{}"\n'
)

VIA3: dict[str, Any] = {
    "project": {
        "pid": "__VIA_PROJECT_ID__",
        "rev": "__VIA_PROJECT_REV_ID__",
        "rev_timestamp": "__VIA_PROJECT_REV_TIMESTAMP__",
        "pname": "Faces",
        "creator": "VGG Image Annotator",
        "created": 1580000000000,
        "vid_list": ["1"],
    },
    "config": {"file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}}, "ui": {}},
    "attribute": {
        "1": {
            "aname": "label",
            "anchor_id": "FILE1_Z0_XY0",
            "type": 3,
            "desc": "",
            "options": {"0": "negative", "1": "positive"},
            "default_option_id": "",
        },
        "2": {
            "aname": "sex",
            "anchor_id": "FILE1_Z0_XY1",
            "type": 4,
            "desc": "",
            "options": {"f": "Female", "m": "Male"},
            "default_option_id": "",
        },
        "3": {"aname": "note", "anchor_id": "FILE1_Z0_XY0", "type": 1, "desc": "", "options": {}},
    },
    "file": {"1": {"fid": "1", "fname": "a.jpg", "type": 2, "loc": 1, "src": ""}},
    "metadata": {
        "1_yL69hM3y": {"vid": "1", "flg": 0, "z": [], "xy": [], "av": {"1": "1", "3": "seen"}},
        "1_iIESeUQH": {
            "vid": "1",
            "flg": 0,
            "z": [],
            "xy": [7, 30, 32, 70, 32, 60, 56],
            "av": {"2": "f"},
        },
    },
    "view": {"1": {"fid_list": ["1"]}},
}

LABELME: dict[str, Any] = {
    "version": "5.5.0",
    "flags": {"positive": True, "negative": False},
    "shapes": [
        {
            "label": "face",
            "points": [[30.0, 32.0], [70.0, 32.0], [60.0, 56.0]],
            "group_id": None,
            "description": "",
            "shape_type": "polygon",
            "flags": {"female": True},
            "mask": None,
        }
    ],
    "imagePath": "..\\ward\\a.jpg",
    "imageData": None,
    "imageHeight": 80,
    "imageWidth": 100,
}

_OUTLINE: dict[str, Any] = {
    "id": "r1",
    "from_name": "box",
    "to_name": "image",
    "type": "polygonlabels",
    "origin": "manual",
    "original_width": 100,
    "original_height": 80,
    "image_rotation": 0,
    "value": {
        "points": [[30.0, 40.0], [70.0, 40.0], [60.0, 70.0]],
        "closed": True,
        "polygonlabels": ["face"],
    },
}
LABELSTUDIO: list[dict[str, Any]] = [
    {
        "id": 11,
        "annotations": [
            {
                "id": 7,
                "completed_by": {"id": 1, "email": "ben@example.org"},
                "was_cancelled": False,
                "lead_time": 3.5,
                "result": [
                    _OUTLINE,
                    {
                        "id": "c1",
                        "from_name": "label",
                        "to_name": "image",
                        "type": "choices",
                        "value": {"choices": ["positive"]},
                    },
                    {
                        "id": "t1",
                        "from_name": "kind",
                        "to_name": "image",
                        "type": "taxonomy",
                        "value": {"taxonomy": [["sex", "female"]]},
                    },
                    {
                        "id": "n1",
                        "from_name": "note",
                        "to_name": "image",
                        "type": "textarea",
                        "value": {"text": ["at home"]},
                    },
                ],
            }
        ],
        "file_upload": "1a2b3c4d-a.jpg",
        "drafts": [],
        "predictions": [],
        "data": {"image": "/data/upload/1/1a2b3c4d-a.jpg"},
    }
]

LABELSTUDIO_MIN: list[dict[str, Any]] = [
    {
        "image": "/data/upload/1/1a2b3c4d-a.jpg",
        "id": 11,
        "box": [{**_OUTLINE["value"], "original_width": 100, "original_height": 80}],
        "label": "positive",
        "sex": {"choices": ["female"]},
        "comment": "at home",
        "annotator": 1,
        "annotation_id": 7,
        "lead_time": 3.5,
    }
]
