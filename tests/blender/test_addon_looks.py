"""Looks are found by name or file, and own words take a look's place without taking its name."""

from __future__ import annotations

import pytest
from underpaint_addon import looks

from underpaint import DEFAULT_LOOK
from underpaint.errors import FormatError, InputError
from underpaint.library.atomic import write_document
from underpaint.library.project import Project
from underpaint.model.look import Look


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    write_document(project.look("río 1/2"), Look("río 1/2", "river fog", steps=3))
    return project


def test_the_projects_looks_come_first_then_the_built_in(project):
    names = looks.names(project)
    assert names[0] == "río 1/2" and DEFAULT_LOOK in names[1:] and len(names) > 8
    assert looks.names(None) == names[1:]


def test_every_built_in_look_can_be_read_and_has_words():
    for name in looks.names(None):
        look = looks.find(name, None)
        assert look.name == name and look.words


def test_a_look_by_name_file_or_default(project):
    assert looks.find("río 1/2", project).steps == 3
    assert looks.find(str(project.look("río 1/2")), None).words == "river fog"
    assert looks.find("", project).name == DEFAULT_LOOK


def test_the_projects_look_goes_before_a_built_in_one_of_the_same_name(project):
    write_document(project.look(DEFAULT_LOOK), Look(DEFAULT_LOOK, "mine"))
    assert looks.find(DEFAULT_LOOK, project).words == "mine"


def test_own_words_keep_the_settings_and_say_that_they_are_own(project):
    look = looks.choose("río 1/2", "dry bed", "", project)
    assert (look.words, look.steps, look.name) == ("dry bed", 3, "río 1/2, own words")
    assert looks.choose("río 1/2", "", "", project) == looks.find("río 1/2", project)


def test_looks_that_are_none(project, tmp_path):
    with pytest.raises(InputError, match=DEFAULT_LOOK):
        looks.find("no such look", project)
    broken = tmp_path / "broken.json"
    broken.write_text('{"format": "underpaint/look", "version": 1, "name": 3}')
    with pytest.raises(FormatError, match="name"):
        looks.find(str(broken), project)
