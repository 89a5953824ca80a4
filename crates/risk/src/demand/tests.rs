mod axis;
