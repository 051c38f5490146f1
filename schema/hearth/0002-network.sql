-- What people call the devices of the home network. By identity (MAC, or ip:<ip>), so that it outlives what was
-- observed; series.net_device repeats it for the lists.
CREATE TABLE net_device_label (
	identity TEXT PRIMARY KEY,
	custom_name TEXT,
	device_type TEXT
) STRICT, WITHOUT ROWID;
