"""All kinds, in the order in which setup creates what does not depend on each other, and cleanup drops it."""

from collections.abc import Mapping

from .databases import DatabaseKind
from .file_formats import FileFormatKind
from .grants import GrantKind
from .kind import Kind
from .monitored_warehouses import MonitoredWarehouseKind
from .query_acceleration import QueryAccelerationKind
from .resource_monitors import ResourceMonitorKind
from .roles import RoleKind
from .schemas import SchemaKind
from .shares import ShareKind
from .stages import StageKind
from .warehouses import WarehouseKind

KINDS: tuple[Kind, ...] = (
    DatabaseKind(),
    SchemaKind(),
    WarehouseKind(),
    QueryAccelerationKind(),
    ResourceMonitorKind(),
    MonitoredWarehouseKind(),
    RoleKind(),
    FileFormatKind(),
    StageKind(),
    GrantKind(),
    ShareKind(),
)
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
