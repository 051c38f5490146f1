/* ctl.c: hearthctl, the command line of one Hearth */
#include "ctl/command.h"

int main(int argc, char **argv)
{
	return command_main(argc, argv);
}
