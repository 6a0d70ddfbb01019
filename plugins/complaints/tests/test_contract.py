"""What every plugin keeps to."""

import io
from typing import Any

import pytest
from PIL import Image

from civicapp.testing import Client, PluginContract

API = "/api/v1/complaints"
# The roles by which officers of the sample data act, beside those of the invented island.
ROLES = """\
officer:
  name: {en: Officer, id: Petugas}
  grants: [complaints.*]
  rows: all
  sees_identity: true
handler:
  name: {en: Agency officer, id: Petugas instansi}
  grants: [complaints.report.*]
  rows: own_agency
desk:
  name: {en: Report desk, id: Meja laporan}
  grants: [complaints.report.*]
  rows: own_area
reviewer:
  name: {en: Reviewer, id: Penyunting}
  grants: [complaints.report.read, complaints.report.review]
  rows: own_area
admin:
  name: {en: Administrator, id: Pengelola}
  grants: [core.*]
  rows: all
  sees_identity: true
"""


class TestComplaints(PluginContract):
    plugin = "complaints"
    # The table of states says who may do what with a report, and the services ask by it.
    checked_in_code = ("complaints.report.*",)

    @pytest.fixture
    def pack_files(self):
        return {"organisation/roles.yaml": ROLES}

    def cause_jobs(self, client: Client) -> None:
        email = "someone@mail.example"
        report = {
            "category": "light.street",
            "description": "The lamp in front of the market is out.",
            "lat": 10.5,
            "lon": -30.5,
            "contact": {"email": email},
        }
        receipt = sound(client.api("POST", f"{API}/reports", json=report))
        path = f"{API}/reports/{receipt['id']}"
        photo = {"file": ("lamp.jpg", picture())}
        secret = {"x-report-secret": receipt["secret"]}
        sound(client.api("POST", f"{path}/media", files=photo, headers=secret))
        sound(client.api("POST", f"{API}/lost", json={"id": receipt["id"], "email": email}))
        desk = client.as_officer("desk")
        path = f"{API}/desk/reports/{receipt['id']}"
        seen = {"if-match": desk.api("GET", path).headers["etag"]}
        order = {"body": "HARBOUR", "channel": "email", "email": "office@mail.example"}
        sound(desk.api("POST", f"{path}/hand_over", json=order, headers=seen))


def sound(answer: Any) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()


def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (320, 240), "orange").save(content, "JPEG")
    return content.getvalue()
