/* families.c: the families of the API */
#include "house/house.h"

#include "network/network.h"
#include "panel/panel.h"
#include "recorder/recorder.h"

const struct family *const families[] = {
	&family_house, &family_network, &family_recorder, &family_panel, NULL,
};
